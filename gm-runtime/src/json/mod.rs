//! JSON: as text that is read where it is needed, as numbers, and as values that are compared.
//!
//! serde_json's own `Value` is the type of JSON fields, and is not read by serde_json: its parser rounds numbers in
//! silence, and what it does depends on features that a user's build may turn on (`arbitrary_precision`, `raw_value`).

mod compare;
mod number;
mod raw;
mod scan;
mod tree;
mod view;

pub(crate) use compare::{Spelling, equal, hash, spell};
pub(crate) use number::{NOT_KEPT, Number, is_exact};
pub(crate) use raw::RawJson;
pub(crate) use scan::Malformed;
pub(crate) use tree::{Room, TreeError};
pub(crate) use view::{List, Members, View};
