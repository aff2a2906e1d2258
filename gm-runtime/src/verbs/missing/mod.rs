//! Methods that do not exist, so that the compiler names the ones that do.

mod query;
mod reading;

pub use reading::Awaited;
