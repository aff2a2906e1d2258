//! A row that is known only by its id.

use super::{ReadFuture, WriteFuture};
use crate::gm::Gm;
use crate::manager::{Deletes, Details, Manager, Updates};

/// A row of `M` that is known only by its id and was not read, from `by_id`.
pub struct ById<M: Manager> {
    id: M::Id,
}

impl<M: Manager> ById<M> {
    #[doc(hidden)]
    pub fn new(id: M::Id) -> Self {
        Self { id }
    }

    /// The id of the row.
    pub fn id(&self) -> &M::Id {
        &self.id
    }

    /// Reads the row.
    pub fn get<'g>(&self, gm: &'g Gm) -> ReadFuture<'g, M>
    where
        for<'x> M: Details<'x>,
    {
        ReadFuture::row(gm, self.id.clone())
    }

    /// Deletes the row.
    pub fn delete<'g>(&self, gm: &'g Gm) -> WriteFuture<'g, ()>
    where
        for<'x> M: Deletes<'x>,
    {
        WriteFuture::delete::<M>(gm, &self.id)
    }

    /// Starts an update of the row. `exec` executes it.
    pub fn update(&self) -> M::Update
    where
        for<'x> M: Updates<'x>,
    {
        M::start_update(self.id.clone())
    }
}

impl<M: Manager> Clone for ById<M> {
    fn clone(&self) -> Self {
        Self { id: self.id.clone() }
    }
}

impl<M: Manager> std::fmt::Debug for ById<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ById").field(&self.id).finish()
    }
}
