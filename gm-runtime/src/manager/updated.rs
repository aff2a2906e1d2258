//! The result of an update.

/// A row after an update.
#[derive(Clone, Debug)]
pub struct Updated<M> {
    /// The row after the update.
    pub row: M,
    /// Whether a value changed. An update without a change publishes no event.
    pub changed: bool,
}
