//! The results of a batch that was carried out.

use super::result::BatchResult;
use crate::error::Error;
use crate::interface::Written;
use crate::manager::{Manager, decode_row};

/// The results of a [`Batch`](super::Batch) that was carried out.
#[derive(Clone, Debug)]
pub struct BatchResults {
    pub(super) batch: u64,
    pub(super) written: Vec<Written>,
}

impl BatchResults {
    /// The row of this operation, as it was after the operation.
    ///
    /// # Errors
    /// [`Error::UpdatedUnreadable`] for a row that the caller may not read, although it is written. [`Error::Configuration`] for
    /// the result of another batch.
    pub fn row<M: Manager>(&self, result: BatchResult<M>) -> Result<M, Error> {
        let written = match result.batch == self.batch {
            true => self.written.get(result.operation),
            false => None,
        };
        match written {
            Some(Written::Row(row)) => {
                let mut row = row.clone();
                decode_row(row.values_mut()).map_err(|error| Error::record(M::DESCRIPTION, error))
            }
            Some(_) => Err(Error::UpdatedUnreadable {
                manager: M::DESCRIPTION.name(),
            }),
            None => Err(Error::Configuration(
                "this is the result of another batch: take it from the `BatchResults` of the batch to which it was added".to_owned(),
            )),
        }
    }

    /// The number of operations that were carried out.
    #[must_use]
    pub fn len(&self) -> usize {
        self.written.len()
    }

    /// Whether the batch had no operation.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
    }
}
