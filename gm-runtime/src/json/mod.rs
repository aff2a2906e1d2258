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

#[cfg(any(feature = "server", feature = "client"))]
mod view;

#[cfg(feature = "sqlite")]
pub(crate) use compare::{Spelling, spell};
pub(crate) use compare::{equal, hash};
#[cfg(any(feature = "server", feature = "client"))]
pub(crate) use number::Number;
pub(crate) use number::{NOT_KEPT, is_exact};
#[cfg(any(feature = "server", feature = "client", feature = "sqlite"))]
pub(crate) use raw::RawJson;
#[cfg(feature = "server")]
pub(crate) use scan::Malformed;
#[cfg(any(feature = "server", feature = "client", feature = "sqlite"))]
pub(crate) use tree::Room;
#[cfg(feature = "client")]
pub(crate) use view::List;
#[cfg(feature = "server")]
pub(crate) use view::Members;
#[cfg(any(feature = "server", feature = "client"))]
pub(crate) use view::View;
