//! What is declared of a field besides its form.

use super::Pattern;
use super::limit::Limit;
use crate::field::{Value, ValueError};

/// A function that judges a value, which is not null.
type Judge = fn(&Value) -> Result<(), ValueError>;

/// What is declared of a field besides its form.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) read_only: bool,
    pub(super) filter: bool,
    pub(super) order: bool,
    pub(super) min: Option<Limit>,
    pub(super) max: Option<Limit>,
    pub(super) pattern: Option<&'static Pattern>,
    pub(super) judge: Option<Judge>,
}

impl Rules {
    pub(super) const fn none() -> Self {
        Self {
            read_only: false,
            filter: true,
            order: true,
            min: None,
            max: None,
            pattern: None,
            judge: None,
        }
    }
}
