//! What a caller may do to a manager.

mod managed;
mod principal;
mod rule;

pub use principal::Principal;

pub(crate) use managed::Managed;
