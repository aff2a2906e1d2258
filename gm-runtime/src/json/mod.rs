//! JSON: as text that is read where it is needed, as numbers, and as values that are compared.
//!
//! serde_json's own `Value` is the type of JSON fields, and is not read by serde_json: its parser rounds numbers in
//! silence, and what it does depends on features that a user's build may turn on (`arbitrary_precision`, `raw_value`).

mod compare;
mod number;
#[cfg(any(feature = "server", feature = "client", feature = "sqlite"))]
mod raw;
#[cfg(any(feature = "server", feature = "client", feature = "sqlite"))]
mod scan;
#[cfg(any(feature = "server", feature = "client", feature = "sqlite"))]
mod tree;

#[cfg(feature = "sqlite")]
pub(crate) use compare::{Spelling, spell};
pub(crate) use compare::{equal, hash};
pub(crate) use number::{NOT_KEPT, Number, is_exact};
#[cfg(feature = "client")]
pub(crate) use raw::List;
#[cfg(feature = "server")]
pub(crate) use raw::Members;
#[cfg(any(feature = "server", feature = "client", feature = "sqlite"))]
pub(crate) use raw::{RawJson, View};
#[cfg(feature = "server")]
pub(crate) use scan::Malformed;
#[cfg(any(feature = "server", feature = "client", feature = "sqlite"))]
pub(crate) use tree::Room;
