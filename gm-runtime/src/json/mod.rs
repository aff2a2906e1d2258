//! JSON: as text that is read where it is needed, as numbers, and as values that are compared.
//!
//! serde_json's own `Value` is the type of JSON fields, and is not read by serde_json: its parser rounds numbers in
//! silence, and what it does depends on features that a user's build may turn on (`arbitrary_precision`, `raw_value`).

mod compare;
mod number;
mod raw;
mod scan;
mod value;
mod view;

pub(crate) use compare::{TextForm, equal, hash, to_text};
pub(crate) use number::{INEXACT_NUMBER, Number, is_exact};
pub(crate) use raw::RawJson;
pub(crate) use scan::Malformed;
pub(crate) use value::{JsonError, MemoryBudget};
pub(crate) use view::{List, Members, View};
