//! Rows that were changed.

/// A row after an update.
#[derive(Clone, Debug)]
pub struct Updated<M> {
    /// The row as it is now.
    pub row: M,
    /// Whether anything is different; an update that changes nothing publishes nothing.
    pub changed: bool,
}
