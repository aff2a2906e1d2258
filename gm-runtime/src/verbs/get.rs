//! Reading one row.

use std::future::IntoFuture;
use std::marker::PhantomData;

use crate::error::Error;
use crate::field::{FieldType, Value};
use crate::gm::Gm;
use crate::manager::{Kind, Manager, owned};

use super::Reading;
use super::reading::Erased;

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
    type IntoFuture = Reading<'g, M>;

    fn into_future(self) -> Self::IntoFuture {
        Reading::new(read(self.gm, Kind::of::<M>(), self.id, self.fresh), owned::<M>)
    }
}

fn read<'g>(gm: &'g Gm, kind: &'static Kind, id: Value, fresh: bool) -> Erased<'g> {
    Box::pin(async move {
        let managed = gm.managed_of(kind)?;
        managed.row(id, fresh, gm.principal(), kind.row).await
    })
}

impl<M: Manager> std::fmt::Debug for Get<'_, M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Get")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
