//! Who may do what.

mod principal;
mod rule;

pub use principal::Principal;
pub use rule::{Permissions, Rule};
