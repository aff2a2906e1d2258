//! Removing one row.

use std::future::IntoFuture;

use crate::error::Error;
use crate::field::{FieldType, Value};
use crate::gm::Gm;
use crate::interface::Write;
use crate::manager::{Answer, Kind, Manager, nothing};

use super::Reading;
use super::reading::Run;

/// A row to remove: awaiting it removes the row.
#[must_use = "nothing is deleted until this is awaited"]
pub struct Delete<'g> {
    gm: &'g Gm,
    kind: &'static Kind,
    id: Value,
    history_comment: Option<String>,
}

impl<'g> Delete<'g> {
    #[doc(hidden)]
    pub fn new<M: Manager>(gm: &'g Gm, id: &M::Id) -> Self {
        Self::of(gm, Kind::of::<M>(), id)
    }

    fn of(gm: &'g Gm, kind: &'static Kind, id: &impl FieldType) -> Self {
        Self {
            gm,
            kind,
            id: id.to_value(),
            history_comment: None,
        }
    }

    /// Says why, for owners that keep a history.
    pub fn history_comment(mut self, comment: impl Into<String>) -> Self {
        self.history_comment = Some(comment.into());
        self
    }
}

impl<'g> IntoFuture for Delete<'g> {
    type Output = Result<(), Error>;
    type IntoFuture = Reading<'g, ()>;

    fn into_future(self) -> Self::IntoFuture {
        let run = Run::new(async move {
            let managed = self.gm.managed_of(self.kind)?;
            let write = Write::Delete(self.id, self.history_comment);
            managed.write(write, self.gm.principal()).await?;
            Ok(Answer::Nothing)
        });
        Reading::new(run, nothing)
    }
}

impl std::fmt::Debug for Delete<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delete")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
