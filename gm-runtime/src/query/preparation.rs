//! What becomes of a select before it is read: its page is filled in, and it is split for storage that does not apply the
//! condition of the caller's rule.

use std::sync::Arc;

use super::{ConditionTree, Lookup, Select};

impl Select {
    /// Fills in what a select leaves open of its page: a page without a size has this size, and every row is one answer.
    pub(crate) fn fill_page(&mut self, default_size: u64) {
        if self.first_page {
            self.first_page = false;
            self.page = Some(1);
        }
        match (self.is_page(), self.page_size) {
            (false, Some(_)) => self.page_size = None,
            (true, None) => self.page_size = Some(default_size),
            _ => {}
        }
    }

    /// Whether the excludes have a pattern.
    pub(crate) fn has_excluded_patterns(&self) -> bool {
        self.excludes.iter().any(|lookup| lookup.operator.is_pattern())
    }

    /// Divides the query in two: what the storage answers without a page, and what is evaluated on that answer in memory.
    ///
    /// Patterns are evaluated in memory, so that none is matched with a row that is hidden from the caller. The time of a
    /// match would tell of the row's text.
    pub(crate) fn split(mut self, condition: Arc<ConditionTree>) -> (Self, Self) {
        let is_pattern = |lookup: &Lookup| lookup.operator.is_pattern();
        let excludes_patterns = self.has_excluded_patterns();
        let (patterns, filters) = self.filters.into_iter().partition(is_pattern);
        // An exclude is one conjunction, which can't be evaluated in two places.
        let (excluded_here, excludes) = match excludes_patterns {
            true => (self.excludes, Vec::new()),
            false => (Vec::new(), self.excludes),
        };
        let stored = Self {
            filters,
            excludes,
            ..Self::new()
        };
        self.filters = patterns;
        self.excludes = excluded_here;
        self.condition = Some(condition);
        (stored, self)
    }
}
