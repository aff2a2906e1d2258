//! What the kinds of drafts do when they are executed.

use super::draft::{Draft, Patch, WriteKind};
use super::{PatchAll, WriteFuture};
use crate::gm::Gm;
use crate::manager::{Manager, Values};

/// The kind of a [`Draft`], with what `exec` returns.
#[doc(hidden)]
pub trait DraftKind: Send + Sync + 'static {
    /// The written row, or the number of written rows.
    type Written<M: Manager>;

    /// Writes these values.
    #[doc(hidden)]
    fn exec<M: Manager>(self, values: Values, gm: &Gm) -> WriteFuture<'_, Self::Written<M>>;
}

/// The kind of a [`Draft`] that updates rows. Its setters set required fields, too.
#[diagnostic::on_unimplemented(
    message = "a required field of a new row is set in its `…Create`, not by a setter",
    label = "set it in the `…Create` that `create` takes"
)]
#[doc(hidden)]
pub trait UpdateKind {}

impl UpdateKind for Patch {}

impl UpdateKind for PatchAll {}

impl<K: WriteKind> DraftKind for K {
    type Written<M: Manager> = M;

    fn exec<M: Manager>(self, values: Values, gm: &Gm) -> WriteFuture<'_, M> {
        WriteFuture::new(self.write(values), gm)
    }
}

impl DraftKind for PatchAll {
    type Written<M: Manager> = u64;

    fn exec<M: Manager>(self, values: Values, gm: &Gm) -> WriteFuture<'_, u64> {
        self.future::<M>(values, gm)
    }
}

impl<K: DraftKind> Draft<K> {
    /// Writes this draft.
    #[doc(hidden)]
    pub fn exec<M: Manager>(self, gm: &Gm) -> WriteFuture<'_, K::Written<M>> {
        let (kind, values) = self.into_parts();
        kind.exec(values, gm)
    }
}
