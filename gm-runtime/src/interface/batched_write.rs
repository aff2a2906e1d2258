//! A write of a batch, which may refer to the results of writes before it.

use super::Write;

/// A write of a batch.
#[derive(Clone, Debug)]
pub(crate) struct BatchedWrite {
    pub(crate) write: Write,
    /// The version that the row must have.
    pub(crate) expected_version: Option<i64>,
    /// The result that has the id of an update or a delete, in place of the id in `write`.
    pub(crate) id: Option<ResultPlace>,
    /// The fields whose values are those of earlier results.
    pub(crate) references: Vec<(u16, ResultPlace)>,
}

/// A field of the result of an earlier write of the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ResultPlace {
    /// The place of the write in the batch.
    pub(crate) operation: usize,
    /// The index of the field in the description of that write's manager.
    pub(crate) field: u16,
}
