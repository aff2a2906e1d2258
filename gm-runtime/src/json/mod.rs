//! JSON: a lazy parser, exact numbers, and the comparison of values.
//!
//! JSON fields are `serde_json::Value`s, which serde_json does not parse. Reasons: `docs/design/server.md`, "JSON".

mod compare;
mod error;
mod memory_budget;
mod number;
mod raw;
mod scan;
mod text_form;
mod value;
mod view;

pub(crate) use compare::{equal, hash};
pub(crate) use error::JsonError;
pub(crate) use memory_budget::MemoryBudget;
pub(crate) use number::{INEXACT_NUMBER, Number, is_exact};
pub(crate) use raw::RawJson;
pub(crate) use scan::Malformed;
pub(crate) use text_form::{TextForm, count_spelled_twice, to_text};
pub(crate) use view::{List, Members, View};
