//! The transaction that the verbs of a handle are a part of.

use std::sync::Arc;

use super::managers::Managers;
use crate::access::{Managed, OpenTransaction};
use crate::error::Error;
use crate::query::ErasedManager;

/// The transaction of a handle.
pub(super) struct HandleTransaction {
    open: Arc<OpenTransaction>,
    /// The managers inside of the transaction, each of which is made when it is first used.
    managers: Managers,
}

impl HandleTransaction {
    pub(super) fn new(open: Arc<OpenTransaction>) -> Self {
        Self {
            open,
            managers: Managers::default(),
        }
    }

    /// The manager inside of the transaction.
    pub(super) fn managed_of<'m>(
        &self,
        vtable: &'static ErasedManager,
        outside: impl FnOnce() -> Result<&'m Arc<Managed>, Error>,
    ) -> Result<&Arc<Managed>, Error> {
        self.managers
            .get_or_make(vtable.type_id, |_| outside()?.within(&self.open))
    }
}
