//! Reading one row.

use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use crate::error::Error;
use crate::field::{FieldType, Value};
use crate::gm::Gm;
use crate::manager::Manager;

/// A row to read by its id: awaiting it gives the row, or an error for which
/// [`is_not_found`](Error::is_not_found) is true.
#[must_use = "nothing is read until this is awaited"]
pub struct Get<'g, M> {
    gm: &'g Gm,
    id: Value,
    fresh: bool,
    brand: PhantomData<fn() -> M>,
}

impl<'g, M: Manager> Get<'g, M> {
    #[doc(hidden)]
    pub fn new(gm: &'g Gm, id: M::Id) -> Self {
        Self {
            gm,
            id: id.into_value(),
            fresh: false,
            brand: PhantomData,
        }
    }

    /// Reads past the cache, and keeps what was read.
    pub fn fresh(mut self) -> Self {
        self.fresh = true;
        self
    }

    /// The row, or `None` when there is none.
    ///
    /// # Errors
    /// What the storage or the other service answers, but for "not found".
    pub async fn optional(self) -> Result<Option<M>, Error> {
        match self.await {
            Ok(row) => Ok(Some(row)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl<'g, M: Manager> IntoFuture for Get<'g, M> {
    type Output = Result<M, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'g>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let row = self
                .gm
                .managed::<M>()?
                .row::<M>(self.id, self.fresh, self.gm.principal())
                .await?;
            Ok(Arc::unwrap_or_clone(row))
        })
    }
}

impl<M: Manager> std::fmt::Debug for Get<'_, M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Get")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
