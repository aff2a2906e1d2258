//! Storage of an application's own.

mod checks;
mod erased;
mod interface;
mod judge;
mod records;
mod write;

pub(crate) use erased::OwnInterface;
pub use interface::Interface;
