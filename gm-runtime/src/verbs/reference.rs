//! The read of the row that another row refers to.

use super::ReadFuture;
use super::execution::Execution;
use crate::field::IdType;
use crate::gm::Gm;
use crate::interface::Answer;
use crate::manager::{Manager, ReferenceDescription};
use crate::query::ErasedManager;

/// A reference of a field of the type `I` to a row, whose read has the output `T`.
///
/// The derive makes one for each reference. It is all that needs the other type to be a manager, so that another type is one
/// compile error.
#[doc(hidden)]
pub struct ReferenceRead<I, T> {
    description: ReferenceDescription,
    read: for<'g> fn(&'g Gm, &I) -> ReadFuture<'g, T>,
}

/// The reference to a row of `M`, whose name on the wire this is.
#[doc(hidden)]
#[must_use]
pub const fn reference_to<M: Manager<Id = I>, I: IdType>(name: &'static str) -> ReferenceRead<I, M> {
    ReferenceRead {
        description: ReferenceDescription::to::<M>(name),
        read: |gm, id| ReadFuture::row(gm, id.clone()),
    }
}

/// The reference to a row of `M` of a field that may be null.
#[doc(hidden)]
#[must_use]
pub const fn optional_reference_to<M: Manager<Id = I>, I: IdType>(
    name: &'static str,
) -> ReferenceRead<Option<I>, Option<M>> {
    ReferenceRead {
        description: ReferenceDescription::to::<M>(name),
        read: |gm, id| {
            let execution = match id {
                Some(id) => Execution::row(gm, ErasedManager::of::<M>(), id.to_value()),
                None => Execution::nothing(),
            };
            ReadFuture::of(execution, Answer::optional_row)
        },
    }
}

impl<I, T> ReferenceRead<I, T> {
    /// The description of the reference.
    #[must_use]
    pub const fn description(&self) -> ReferenceDescription {
        self.description
    }

    /// Reads the row that a row refers to by this id.
    pub fn read<'g>(&self, gm: &'g Gm, id: &I) -> ReadFuture<'g, T> {
        (self.read)(gm, id)
    }
}

impl<I, T> std::fmt::Debug for ReferenceRead<I, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ReferenceRead").field(&self.description).finish()
    }
}
