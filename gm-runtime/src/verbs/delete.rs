//! Removing one row.

use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;

use crate::error::Error;
use crate::field::{FieldType, Value};
use crate::gm::Gm;
use crate::interface::Write;
use crate::manager::{Kind, Manager};

/// A row to remove: awaiting it removes the row.
#[must_use = "nothing is deleted until this is awaited"]
pub struct Delete<'g, M> {
    gm: &'g Gm,
    id: Value,
    history_comment: Option<String>,
    brand: PhantomData<fn() -> M>,
}

impl<'g, M: Manager> Delete<'g, M> {
    #[doc(hidden)]
    pub fn new(gm: &'g Gm, id: M::Id) -> Self {
        Self {
            gm,
            id: id.into_value(),
            history_comment: None,
            brand: PhantomData,
        }
    }

    /// Says why, for owners that keep a history.
    pub fn history_comment(mut self, comment: impl Into<String>) -> Self {
        self.history_comment = Some(comment.into());
        self
    }
}

impl<'g, M: Manager> IntoFuture for Delete<'g, M> {
    type Output = Result<(), Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'g>>;

    fn into_future(self) -> Self::IntoFuture {
        let write = Write::Delete(self.id, self.history_comment);
        delete(self.gm, Kind::of::<M>(), write)
    }
}

fn delete<'g>(
    gm: &'g Gm,
    kind: &'static Kind,
    write: Write,
) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'g>> {
    Box::pin(async move {
        let managed = gm.managed_of(kind)?;
        managed.write(write, gm.principal()).await.map(drop)
    })
}

impl<M: Manager> std::fmt::Debug for Delete<'_, M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delete")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
