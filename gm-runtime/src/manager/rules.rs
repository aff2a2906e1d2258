//! The rules of a field besides its type.

use super::Pattern;
use super::value_range::Limit;
use crate::field::{Value, ValueError};

/// The application's check of a value that is not null.
type Validate = fn(&Value) -> Result<(), ValueError>;

/// The rules of a field besides its type: who may write it, which queries may use it, and limits of its values.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) read_only: bool,
    pub(super) filter: bool,
    pub(super) order: bool,
    pub(super) min: Option<Limit>,
    pub(super) max: Option<Limit>,
    pub(super) pattern: Option<&'static Pattern>,
    pub(super) validate: Option<Validate>,
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
            validate: None,
        }
    }
}
