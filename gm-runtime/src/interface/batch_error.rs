//! The error of a batch.

use std::fmt;

use crate::error::Error;

/// The error of a [batch](crate::verbs::Batch), which wrote nothing unless
/// [`is_outcome_unknown`](Error::is_outcome_unknown) is true for its [`error`](Self::error).
///
/// `?` turns it into an [`Error`] where a function returns one.
///
/// ```
/// # use gm_runtime::{Error, GeneralManager, Gm};
/// # #[derive(Clone, Debug, GeneralManager)]
/// # #[database(table = "projects")]
/// # pub struct Project { #[field(id)] pub id: i64, #[field(max_length = 5)] pub name: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// # let gm = Gm::builder().in_memory::<Project>().build().await?;
/// let mut batch = gm.batch();
/// batch.add(Project::create(ProjectCreate { name: "Alpha".into() }));
/// batch.add(Project::create(ProjectCreate { name: "too long".into() }));
/// let refused = batch.send().await.unwrap_err();
/// assert_eq!(refused.operation(), Some(1));
/// assert!(refused.error().is_invalid());
/// assert_eq!(Project::count(&gm).await?, 0);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct BatchError {
    operation: Option<usize>,
    error: Error,
}

impl BatchError {
    pub(crate) fn of_operation(operation: usize, error: Error) -> Self {
        Self {
            operation: Some(operation),
            error,
        }
    }

    /// The place of the operation that failed, from 0. `None` if the batch as a whole failed.
    #[must_use]
    pub fn operation(&self) -> Option<usize> {
        self.operation
    }

    /// What is wrong with the operation, or with the batch.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }
}

impl From<Error> for BatchError {
    /// The error of the batch as a whole.
    fn from(error: Error) -> Self {
        Self {
            operation: None,
            error,
        }
    }
}

impl From<BatchError> for Error {
    fn from(error: BatchError) -> Self {
        error.error
    }
}

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.operation {
            Some(operation) => write!(f, "operation {operation} of the batch: {}", self.error),
            None => write!(f, "the batch: {}", self.error),
        }
    }
}

impl std::error::Error for BatchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The message of `error` is a part of this one, and is not repeated in a chain of messages.
        std::error::Error::source(&self.error)
    }
}
