//! The rows of a query.

use std::any::Any;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::{Cursor, NextPage};
use crate::manager::{Manager, Records};

/// The rows of one page, from an [`Interface`](crate::interface::Interface).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Page<M> {
    /// The rows, in order.
    pub rows: Vec<M>,
    /// The number of rows that match, on all pages. `None` unless the query requests it.
    pub total_count: Option<u64>,
    /// The number of rows of a full page. `None` if these are all rows.
    pub page_size: Option<u64>,
    /// Whether rows follow the last one of the page. `None` if the storage does not know. Then a page that is not full is the
    /// last one, and the total tells of the others, where there is one.
    pub has_more: Option<bool>,
}

impl<M> Page<M> {
    /// A page of these rows.
    #[must_use]
    pub fn new(rows: Vec<M>, total_count: Option<u64>) -> Self {
        Self {
            rows,
            total_count,
            page_size: None,
            has_more: None,
        }
    }

    /// Sets whether rows follow the last one of the page.
    #[must_use]
    pub fn with_more(mut self, has_more: bool) -> Self {
        self.has_more = Some(has_more);
        self
    }

    /// Sets the page size.
    #[must_use]
    pub fn with_page_size(mut self, page_size: Option<u64>) -> Self {
        self.page_size = page_size;
        self
    }
}

/// A page of rows that are not decoded.
#[derive(Clone, Debug)]
pub(crate) struct RecordPage {
    pub(crate) rows: Records,
    pub(crate) total_count: Option<u64>,
    pub(crate) page_size: Option<u64>,
    /// What follows the page.
    pub(crate) next: NextPage,
}

impl RecordPage {
    pub(crate) fn new(rows: Records, total_count: Option<u64>) -> Self {
        Self {
            rows,
            total_count,
            page_size: None,
            next: NextPage::Unknown,
        }
    }

    pub(crate) fn with_page_size(mut self, page_size: Option<u64>) -> Self {
        self.page_size = page_size;
        self
    }

    pub(crate) fn with_next(mut self, next: NextPage) -> Self {
        self.next = next;
        self
    }
}

/// A `Vec` of rows, without its type.
pub(crate) type ErasedRows = Box<dyn Any + Send + Sync>;

/// A page of decoded rows, without their type.
#[derive(Debug)]
pub(crate) struct ErasedPage {
    rows: ErasedRows,
    pub(crate) count: u64,
    pub(crate) total_count: Option<u64>,
    pub(crate) page_size: Option<u64>,
    /// What follows the page.
    pub(crate) next: NextPage,
    /// The next cursor, once it was made of the last row.
    pub(crate) made_cursor: OnceLock<Option<Cursor>>,
}

impl ErasedPage {
    /// A page of these rows. `count` is their number.
    pub(crate) fn new(
        rows: ErasedRows,
        count: u64,
        total_count: Option<u64>,
        page_size: Option<u64>,
        next: NextPage,
    ) -> Self {
        Self {
            rows,
            count,
            total_count,
            page_size,
            next,
            made_cursor: OnceLock::new(),
        }
    }

    /// The rows. `M` is always their type, since a page belongs to one manager.
    pub(crate) fn rows<M: 'static>(&self) -> &[M] {
        match self.rows.downcast_ref::<Vec<M>>() {
            Some(rows) => rows,
            None => &[],
        }
    }

    fn into_rows<M: 'static>(self) -> Vec<M> {
        self.rows.downcast().map(|rows| *rows).unwrap_or_default()
    }
}

/// Shared rows of `M`. Neither a clone nor a hit in the cache copies them. It derefs to `[M]`.
///
/// ```
/// # use gm_runtime::{GeneralManager, Gm};
/// # #[derive(Clone, Debug, GeneralManager)]
/// # #[database(table = "projects")]
/// # pub struct Project { #[field(id)] pub id: i64, #[field(max_length = 50)] pub name: String, pub status: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), gm_runtime::Error> {
/// # let gm = Gm::builder().in_memory::<Project>().build().await?;
/// for name in ["a", "b"] {
///     let project = ProjectCreate { name: name.into(), status: "active".into() };
///     Project::create(project).exec(&gm).await?;
/// }
/// let page = Project::query().page(1).page_size(1).all(&gm).await?;
/// assert_eq!((page.len(), page.total_count()), (1, Some(2)));
/// assert_eq!(page[0].name, "a");
/// for project in page.iter() {
///     println!("{}", project.name);
/// }
/// // The owned rows, without a copy unless they are shared.
/// let projects: Vec<Project> = page.into_vec();
/// # assert_eq!(projects.len(), 1);
/// # Ok(()) }
/// ```
pub struct Rows<M> {
    // Without the type, so that the code that shares and drops a page is compiled once and not for each manager.
    pub(crate) page: Arc<ErasedPage>,
    brand: PhantomData<Arc<[M]>>,
}

impl<M> Rows<M> {
    pub(crate) fn new(page: Arc<ErasedPage>) -> Self {
        Self {
            page,
            brand: PhantomData,
        }
    }

    /// The number of rows that match, on all pages. `None` after [`without_count`](crate::Query::without_count), and if the
    /// application's own storage or another service did not give it.
    #[must_use]
    pub fn total_count(&self) -> Option<u64> {
        self.page.total_count
    }
}

impl<M: Manager> Rows<M> {
    /// Whether the rows and the total are equal. Rows with shared memory are equal. Others are compared by value, up to the
    /// first difference.
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

impl<M: Clone + 'static> Rows<M> {
    /// The rows as a vector. They are copied only if they are shared.
    #[must_use]
    pub fn into_vec(self) -> Vec<M> {
        match Arc::try_unwrap(self.page) {
            Ok(page) => page.into_rows(),
            Err(shared) => shared.rows().to_vec(),
        }
    }
}

impl<M> Clone for Rows<M> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.page))
    }
}

impl<M: 'static> Deref for Rows<M> {
    type Target = [M];

    fn deref(&self) -> &[M] {
        self.page.rows()
    }
}

impl<M: std::fmt::Debug + 'static> std::fmt::Debug for Rows<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, M: 'static> IntoIterator for &'a Rows<M> {
    type Item = &'a M;
    type IntoIter = std::slice::Iter<'a, M>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<M: Clone + 'static> IntoIterator for Rows<M> {
    type Item = M;
    type IntoIter = std::vec::IntoIter<M>;

    fn into_iter(self) -> Self::IntoIter {
        self.into_vec().into_iter()
    }
}

impl<M: PartialEq + 'static> PartialEq<[M]> for Rows<M> {
    fn eq(&self, other: &[M]) -> bool {
        **self == *other
    }
}
