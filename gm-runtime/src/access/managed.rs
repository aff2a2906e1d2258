//! A manager of a handle.

use std::any::TypeId;
use std::sync::{Arc, OnceLock};

use super::JudgementLimits;
use super::foreign_keys::ForeignKeys;
use super::held_entries::HeldEntries;
use super::open_transaction::OpenTransaction;
use crate::change::{Change, Topic};
use crate::error::Error;
use crate::features::client::{CachedRemote, ResourceCache};
use crate::interface::{ErasedInterface, Writes};
use crate::manager::Description;
use crate::protocol::features::Features;
use crate::protocol::loop_detection::Pseudonym;

/// A manager of a handle: its rows, with checks and permissions in front of them. The typed verbs and the REST handlers
/// both go through here.
pub(crate) struct Managed {
    pub(super) description: &'static Description,
    pub(super) interface: Arc<dyn ErasedInterface>,
    pub(super) writes: Arc<Writes>,
    pub(super) limits: JudgementLimits,
    topic: Arc<Topic>,
    /// The cache of another service's rows.
    cache: Option<Arc<ResourceCache>>,
    pseudonym: Option<Pseudonym>,
    /// The managers of the handle, for lookups through references.
    pub(super) related: OnceLock<Arc<dyn RelatedManagers>>,
    /// The references to and from rows of the same storage.
    foreign_keys: OnceLock<Arc<ForeignKeys>>,
    /// The transaction that the manager is inside of.
    pub(super) transaction: Option<Arc<OpenTransaction>>,
}

/// The managers of a handle, for those that refer to each other.
pub(crate) trait RelatedManagers: Send + Sync {
    /// The manager of this type.
    ///
    /// # Errors
    /// [`Error::NotRegistered`] for one that the handle does not have.
    fn manager(&self, manager: TypeId, description: &'static Description) -> Result<Arc<Managed>, Error>;
}

impl Managed {
    pub(crate) fn new(
        interface: Arc<dyn ErasedInterface>,
        topic: Arc<Topic>,
        writes: Arc<Writes>,
        limits: JudgementLimits,
    ) -> Self {
        let any: &dyn std::any::Any = &*interface;
        Self {
            cache: any.downcast_ref().map(CachedRemote::cache).map(Arc::clone),
            description: interface.description(),
            pseudonym: interface.sends_requests().then(Pseudonym::new),
            interface,
            writes,
            limits,
            topic,
            related: OnceLock::new(),
            foreign_keys: OnceLock::new(),
            transaction: None,
        }
    }

    /// The manager inside of a transaction. `self` is made of the rows inside, and `outside` is the same manager outside.
    pub(super) fn inside(self, transaction: Arc<OpenTransaction>, outside: &Self) -> Self {
        Self {
            transaction: Some(transaction),
            foreign_keys: outside.foreign_keys.clone(),
            ..self
        }
    }

    /// What holds the audit entries of writes inside of a transaction until its end.
    pub(super) fn held_entries(&self) -> Option<&Arc<HeldEntries>> {
        self.transaction.as_ref().map(|transaction| &transaction.audit)
    }

    /// Sets the references to and from rows of the same storage.
    pub(super) fn set_foreign_keys(&self, keys: ForeignKeys) {
        let _ = self.foreign_keys.set(Arc::new(keys));
    }

    /// The references to and from rows of the same storage.
    pub(super) fn foreign_keys(&self) -> Option<&ForeignKeys> {
        self.foreign_keys.get().map(|keys| &**keys)
    }

    /// Another manager of the handle, or of the transaction that this one is inside of.
    ///
    /// # Errors
    /// [`Error::NotRegistered`] for one that the handle does not have.
    pub(super) fn manager(
        &self,
        manager: TypeId,
        description: &'static Description,
    ) -> Result<Arc<Self>, Error> {
        match self.related.get() {
            Some(managers) => managers.manager(manager, description),
            None => Err(Error::NotRegistered {
                manager: description.name(),
            }),
        }
    }

    /// Sets where the managers are found that this one refers to.
    pub(crate) fn set_related(&self, managers: Arc<dyn RelatedManagers>) {
        let _ = self.related.set(managers);
    }

    pub(crate) fn description(&self) -> &'static Description {
        self.description
    }

    /// The rows without the rules in front of them. The conformance kit makes rules of its own.
    pub(crate) fn interface(&self) -> &Arc<dyn ErasedInterface> {
        &self.interface
    }

    /// The writes in flight of the handle.
    pub(crate) fn writes(&self) -> &Arc<Writes> {
        &self.writes
    }

    pub(crate) fn topic(&self) -> &Arc<Topic> {
        &self.topic
    }

    /// The cache of another service's rows.
    pub(crate) fn cache(&self) -> Option<&Arc<ResourceCache>> {
        self.cache.as_ref()
    }

    /// The name of the manager in `Via`, where its answers may need requests to other services.
    pub(crate) fn pseudonym(&self) -> Option<&Pseudonym> {
        self.pseudonym.as_ref()
    }

    /// The extensions of the protocol that the rows support now.
    pub(crate) fn features(&self) -> Features {
        self.interface.features()
    }

    /// Publishes a change that was made past this manager.
    pub(crate) fn publish(&self, change: &Change) {
        self.interface.publish(change, &self.topic);
    }

    /// Publishes that the rows which callers may read may be different from now on.
    pub(crate) fn grants_changed(&self) {
        self.interface.grants_changed(&self.topic);
    }
}
