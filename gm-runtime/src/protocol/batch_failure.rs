//! The failure of a batch.

use super::error_code::ErrorCode;
use super::failure::Failure;
use crate::error::Error;

/// The reason why a batch is refused, and the place of the operation with this reason. `None` for the batch as a whole.
#[derive(Debug)]
pub(crate) struct BatchFailure {
    pub(crate) operation: Option<usize>,
    // Boxed, since each parser of a batch returns it.
    pub(crate) failure: Box<Failure>,
}

impl BatchFailure {
    /// The failure of the operation at this place.
    pub(crate) fn of_operation(place: usize, failure: impl Into<Failure>) -> Self {
        Self {
            operation: Some(place),
            failure: Box::new(failure.into()),
        }
    }
}

impl From<Failure> for BatchFailure {
    fn from(failure: Failure) -> Self {
        Self {
            operation: None,
            failure: Box::new(failure),
        }
    }
}

impl From<ErrorCode> for BatchFailure {
    fn from(code: ErrorCode) -> Self {
        Failure::from(code).into()
    }
}

impl From<Error> for BatchFailure {
    fn from(error: Error) -> Self {
        Failure::from(error).into()
    }
}
