//! Reading one row.

use std::future::IntoFuture;
use std::marker::PhantomData;

use crate::error::Error;
use crate::field::{FieldType, Value};
use crate::gm::Gm;
use crate::manager::{Answer, Kind, Manager, owned, perhaps};

use super::Reading;
use super::reading::Run;

/// A row to read by its id: awaiting it gives the row, or an error for which
/// [`is_not_found`](Error::is_not_found) is true.
#[must_use = "nothing is read until this is awaited"]
pub struct Get<'g, M> {
    row: Row<'g>,
    brand: PhantomData<fn() -> M>,
}

/// Which row, and how it is read.
pub(crate) struct Row<'g> {
    gm: &'g Gm,
    kind: &'static Kind,
    id: Value,
    fresh: bool,
    optional: bool,
}

impl<'g> Row<'g> {
    fn new(gm: &'g Gm, kind: &'static Kind, id: impl FieldType) -> Self {
        Self {
            gm,
            kind,
            id: id.into_value(),
            fresh: false,
            optional: false,
        }
    }

    /// What the cache has of it, where it is still true.
    #[cfg(feature = "client")]
    pub(super) fn recall(&self) -> Option<Answer> {
        if self.fresh {
            return None;
        }
        let managed = self.gm.managed_of(self.kind).ok()?;
        managed.recall_row(&self.id, self.gm.principal())
    }

    /// Itself, to be read.
    pub(super) fn take(&mut self) -> Self {
        Self {
            id: std::mem::take(&mut self.id),
            ..*self
        }
    }

    pub(super) async fn read(self) -> Result<Answer, Error> {
        let managed = self.gm.managed_of(self.kind)?;
        let read = managed.row(self.id, self.fresh, self.gm.principal(), self.kind);
        match read.await {
            Err(error) if self.optional && error.is_not_found() => Ok(Answer::Nothing),
            answer => answer,
        }
    }
}

impl<'g, M: Manager> Get<'g, M> {
    #[doc(hidden)]
    pub fn new(gm: &'g Gm, id: M::Id) -> Self {
        Self {
            row: Row::new(gm, Kind::of::<M>(), id),
            brand: PhantomData,
        }
    }

    /// Reads past the cache, and keeps what was read.
    pub fn fresh(mut self) -> Self {
        self.row.fresh = true;
        self
    }

    /// The row, or `None` when there is none.
    ///
    /// # Errors
    /// What the storage or the other service answers, but for "not found".
    pub fn optional(mut self) -> Reading<'g, Option<M>> {
        self.row.optional = true;
        Reading::new(Run::Row(self.row), perhaps)
    }
}

impl<'g, M: Manager> IntoFuture for Get<'g, M> {
    type Output = Result<M, Error>;
    type IntoFuture = Reading<'g, M>;

    fn into_future(self) -> Self::IntoFuture {
        Reading::new(Run::Row(self.row), owned)
    }
}

impl<M: Manager> std::fmt::Debug for Get<'_, M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Get")
            .field("id", &self.row.id)
            .finish_non_exhaustive()
    }
}
