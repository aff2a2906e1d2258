//! What a caller may do to a manager.

mod managed;
mod permission;
mod principal;
mod read;
mod rule;
mod write;

pub use principal::Principal;

pub(crate) use managed::Managed;
pub(crate) use read::JsonPage;
