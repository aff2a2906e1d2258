//! What a caller may do to a manager.

mod managed;
mod permission;
mod read;
mod rule;
#[cfg(test)]
mod rule_tests;
mod write;

pub use crate::principal::Principal;

pub(crate) use managed::Managed;
pub(crate) use read::JsonPage;
pub(crate) use rule::Access;
