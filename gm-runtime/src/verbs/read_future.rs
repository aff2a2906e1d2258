//! The future of the verbs that read.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::execution::Execution;
use super::related_read::{RelatedRead, RelatedRows};
use super::untyped_query::{QueryVerb, UntypedQuery};
use crate::error::Error;
use crate::field::FieldType;
use crate::gm::Gm;
use crate::interface::Answer;
use crate::manager::Manager;
use crate::query::ErasedManager;

/// The future of a verb that reads. It reads rows, a row or a number of rows when it is awaited.
///
/// [`fresh`](Self::fresh) does not accept a cached answer, and [`optional`](Self::optional) returns an `Option` in place of an
/// error for a missing row:
///
/// ```
/// # use gm_runtime::{GeneralManager, Gm};
/// # #[derive(Clone, Debug, GeneralManager)]
/// # #[database(table = "projects")]
/// # pub struct Project { #[field(id)] pub id: i64, pub name: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), gm_runtime::Error> {
/// # let gm = Gm::builder().in_memory::<Project>().build().await?;
/// let projects = Project::all(&gm).fresh().await?;
/// let project = Project::get(&gm, 7).fresh().optional().await?;
/// # assert!(projects.is_empty() && project.is_none());
/// # Ok(()) }
/// ```
///
/// # Spawned tasks
/// The future borrows the handle. A spawned task outlives the function that spawns it, so it needs a handle of its own. A clone
/// of [`Gm`] is cheap.
///
/// ```
/// # use gm_runtime::{GeneralManager, Gm};
/// # #[derive(Clone, Debug, GeneralManager)]
/// # #[database(table = "projects")]
/// # pub struct Project { #[field(id)] pub id: i64, pub name: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let gm = Gm::builder().in_memory::<Project>().build().await?;
/// let gm = gm.clone();
/// let count = tokio::spawn(async move { Project::count(&gm).await });
/// assert_eq!(count.await??, 0);
/// # Ok(()) }
/// ```
// A named type, so that an operation that is not allowed causes one error at the call, and no second one at the `.await`.
#[must_use = "nothing is read until this is awaited"]
pub struct ReadFuture<'g, T> {
    execution: Execution<'g>,
    decode: fn(&mut Answer) -> Result<T, Error>,
}

impl<'g, T> ReadFuture<'g, T> {
    pub(super) fn of(execution: Execution<'g>, decode: fn(&mut Answer) -> Result<T, Error>) -> Self {
        Self { execution, decode }
    }

    pub(crate) fn query(
        verb: QueryVerb,
        query: Arc<UntypedQuery>,
        gm: &'g Gm,
        vtable: &'static ErasedManager,
        decode: fn(&mut Answer) -> Result<T, Error>,
    ) -> Self {
        Self {
            execution: Execution::Query(verb, query, gm, vtable),
            decode,
        }
    }

    /// Reads from the owner, even if an answer is cached, and caches the new answer.
    pub fn fresh(self) -> Self {
        Self {
            execution: self.execution.fresh(),
            ..self
        }
    }
}

impl<'g, M: Manager> ReadFuture<'g, M> {
    /// Reads the row with this id.
    #[doc(hidden)]
    pub fn row(gm: &'g Gm, id: M::Id) -> Self {
        Self {
            execution: Execution::row(gm, ErasedManager::of::<M>(), id.into_value()),
            decode: Answer::row,
        }
    }

    /// Returns `None` in place of an error if there is no row. For `get` and `one`.
    ///
    /// # Errors
    /// The errors of the verb, except those for which [`Error::is_not_found`] is true.
    pub fn optional(self) -> ReadFuture<'g, Option<M>> {
        ReadFuture {
            execution: self.execution.optional(),
            decode: Answer::optional_row,
        }
    }
}

impl<'g, R: Manager> ReadFuture<'g, RelatedRows<R>> {
    pub(super) fn related_rows(related: RelatedRead<'g>) -> Self {
        Self {
            execution: Execution::Related(related),
            decode: RelatedRows::of,
        }
    }
}

impl<T> Future for ReadFuture<'_, T> {
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.execution.poll_as(this.decode, context)
    }
}

impl<T> std::fmt::Debug for ReadFuture<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReadFuture").finish_non_exhaustive()
    }
}
