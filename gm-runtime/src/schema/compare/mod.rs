//! The differences between two schemas, and whom they break.

mod comparison;
mod difference;
mod field;
mod limits;
mod phrase;
mod resource;
#[cfg(test)]
mod tests;
mod types;
mod words;

pub use difference::{Breaks, Difference, DifferenceKind};
pub(crate) use resource::compare_with_owner;
