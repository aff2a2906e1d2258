//! Functions that the derive calls for `#[field(validate = path)]`.

use std::fmt::Display;

use super::{FieldType, Nullable};
use crate::field::{Value, ValueError};

/// Checks a value with the application's function.
///
/// # Errors
/// The error of the function, or of a value that is not of the type.
#[doc(hidden)]
pub fn validate<T: FieldType, E: Display>(
    value: &Value,
    check: fn(&T) -> Result<(), E>,
) -> Result<(), ValueError> {
    let value = T::from_value(value.clone())?;
    check(&value).map_err(|error| ValueError::new(error.to_string()))
}

/// Checks the value inside an `Option` with the application's function.
///
/// # Errors
/// The error of the function, or of a value that is not of the type.
#[doc(hidden)]
pub fn validate_some<T: Nullable, E: Display>(
    value: &Value,
    check: fn(&T::Inner) -> Result<(), E>,
) -> Result<(), ValueError> {
    validate(value, check)
}
