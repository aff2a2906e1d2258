//! The patterns of a query, before they are compiled.

/// The most patterns in a query, and those that a thread keeps compiled: with fewer kept than a query has, each row would
/// compile them anew.
pub(crate) const MAX_PATTERNS: usize = 4;

/// A pattern of a query.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) field: u16,
    pub(crate) text: String,
    pub(crate) ignore_case: bool,
}
