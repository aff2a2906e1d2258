//! A pattern of a query, before it is compiled.

/// The most patterns in a query. A thread caches as many compiled patterns: with a smaller cache, each row would compile the
/// patterns of its query again.
pub(crate) const MAX_PATTERNS: usize = 4;

/// A pattern of a query, before it is compiled.
#[derive(Clone, Debug)]
pub(crate) struct QueryPattern {
    pub(crate) field: u16,
    pub(crate) text: String,
    pub(crate) ignore_case: bool,
}
