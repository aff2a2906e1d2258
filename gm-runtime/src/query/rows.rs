//! What a query gives.

use std::ops::Deref;
use std::sync::Arc;

use crate::manager::{Manager, Record};

/// The rows of one reply and what was said about them: what an [`Interface`](crate::interface::Interface) answers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Page<M> {
    /// The rows, in order.
    pub rows: Vec<M>,
    /// How many rows match, on all pages; absent where the query did not ask.
    pub total_count: Option<u64>,
    /// How many rows a full page of this reply has; absent where the reply holds every row.
    pub page_size: Option<u64>,
}

impl<M> Page<M> {
    /// A page of these rows.
    #[must_use]
    pub fn new(rows: Vec<M>, total_count: Option<u64>) -> Self {
        Self {
            rows,
            total_count,
            page_size: None,
        }
    }

    /// The page with its size said.
    #[must_use]
    pub fn with_page_size(mut self, page_size: Option<u64>) -> Self {
        self.page_size = page_size;
        self
    }
}

/// A page of rows without their type.
pub(crate) type RecordPage = Page<Record>;

/// Rows of `M`, shared: a clone, and a read that the cache answers, copy none of them. Derefs to `[M]`.
pub struct Rows<M> {
    page: Arc<Page<M>>,
}

impl<M> Rows<M> {
    pub(crate) fn new(page: Arc<Page<M>>) -> Self {
        Self { page }
    }

    /// How many rows match on all pages; absent where an application's own storage, or another service that was asked
    /// for one page, did not say.
    #[must_use]
    pub fn total_count(&self) -> Option<u64> {
        self.page.total_count
    }
}

impl<M: Manager> Rows<M> {
    /// Whether these are the same rows, of the same total. Rows that share their memory are not looked at; else they
    /// are compared value by value, up to the first difference.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.page, &other.page)
            || (self.total_count() == other.total_count()
                && self.len() == other.len()
                && self
                    .iter()
                    .zip(other.iter())
                    .all(|(row, other)| row.to_record() == other.to_record()))
    }
}

impl<M: Clone> Rows<M> {
    /// The rows as an owned vector; copies them only when they are shared.
    #[must_use]
    pub fn into_vec(self) -> Vec<M> {
        match Arc::try_unwrap(self.page) {
            Ok(page) => page.rows,
            Err(shared) => shared.rows.clone(),
        }
    }
}

impl<M> Clone for Rows<M> {
    fn clone(&self) -> Self {
        Self {
            page: Arc::clone(&self.page),
        }
    }
}

impl<M> Deref for Rows<M> {
    type Target = [M];

    fn deref(&self) -> &[M] {
        &self.page.rows
    }
}

impl<M: std::fmt::Debug> std::fmt::Debug for Rows<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, M> IntoIterator for &'a Rows<M> {
    type Item = &'a M;
    type IntoIter = std::slice::Iter<'a, M>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<M: Clone> IntoIterator for Rows<M> {
    type Item = M;
    type IntoIter = std::vec::IntoIter<M>;

    fn into_iter(self) -> Self::IntoIter {
        self.into_vec().into_iter()
    }
}

impl<M: PartialEq> PartialEq<[M]> for Rows<M> {
    fn eq(&self, other: &[M]) -> bool {
        **self == *other
    }
}
