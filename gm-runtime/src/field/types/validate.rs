//! What the derive calls for `#[field(validate = path)]`.

use std::fmt::Display;

use super::{FieldType, Nullable};
use crate::field::{Value, ValueError};

/// Whether this function takes the value.
///
/// # Errors
/// What the function says, or that the value is none of the type.
#[doc(hidden)]
pub fn validate<T: FieldType, E: Display>(
    value: &Value,
    judge: fn(&T) -> Result<(), E>,
) -> Result<(), ValueError> {
    let value = T::from_value(value.clone())?;
    judge(&value).map_err(|error| ValueError::new(error.to_string()))
}

/// Whether this function takes what an `Option` holds.
///
/// # Errors
/// What the function says, or that the value is none of the type.
#[doc(hidden)]
pub fn validate_some<T: Nullable, E: Display>(
    value: &Value,
    judge: fn(&T::Inner) -> Result<(), E>,
) -> Result<(), ValueError> {
    validate(value, judge)
}
