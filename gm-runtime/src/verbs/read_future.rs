//! The future of a verb that reads.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::plan::{Plan, Wanted};
use super::run::Run;
use crate::error::Error;
use crate::field::FieldType;
use crate::gm::Gm;
use crate::interface::Answer;
use crate::manager::Manager;
use crate::query::ErasedManager;

/// The future of a verb that reads rows, a row or their number. It reads when it is awaited.
///
/// [`fresh`](Self::fresh) bypasses the cache. [`optional`](Self::optional) returns an `Option` for a row that may be missing:
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
/// It borrows the handle. A spawned task outlives the function that spawns it, so it needs a handle of its own. [`Gm`] is cheap to
/// clone.
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
// A named type, so that an operation which is not allowed is one compile error at the call, without a second one at the
// `.await`.
#[must_use = "nothing is read until this is awaited"]
pub struct ReadFuture<'g, T> {
    run: Run<'g>,
    open: fn(&mut Answer) -> Result<T, Error>,
}

impl<'g, T> ReadFuture<'g, T> {
    pub(crate) fn query(
        wanted: Wanted,
        plan: Arc<Plan>,
        gm: &'g Gm,
        vtable: &'static ErasedManager,
        open: fn(&mut Answer) -> Result<T, Error>,
    ) -> Self {
        Self {
            run: Run::Query(wanted, plan, gm, vtable),
            open,
        }
    }

    /// Bypasses the cache, and caches the result.
    pub fn fresh(self) -> Self {
        Self {
            run: self.run.fresh(),
            ..self
        }
    }
}

impl<'g, M: Manager> ReadFuture<'g, M> {
    /// Reads the row with this id.
    #[doc(hidden)]
    pub fn row(gm: &'g Gm, id: M::Id) -> Self {
        Self {
            run: Run::row(gm, ErasedManager::of::<M>(), id.into_value()),
            open: Answer::row,
        }
    }

    /// The row, or `None` if there is none. It is for `get` and `one`.
    ///
    /// # Errors
    /// The errors of the verb, except [`Error::is_not_found`].
    pub fn optional(self) -> ReadFuture<'g, Option<M>> {
        ReadFuture {
            run: self.run.optional(),
            open: Answer::optional_row,
        }
    }
}

impl<T> Future for ReadFuture<'_, T> {
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        match this.run.poll(context) {
            Poll::Ready(Ok(mut answer)) => Poll::Ready((this.open)(&mut answer)),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<T> std::fmt::Debug for ReadFuture<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReadFuture").finish_non_exhaustive()
    }
}
