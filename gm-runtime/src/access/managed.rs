//! A manager of a handle.

use std::sync::{Arc, OnceLock};

use super::JudgementLimits;
use super::held_entries::HeldEntries;
use crate::change::{Change, Topic};
use crate::error::Error;
use crate::features::client::{CachedRemote, ResourceCache};
use crate::interface::{ErasedInterface, Writes};
use crate::manager::{Description, ReferenceDescription};
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
    /// Holds the audit entries of writes inside of a transaction until its end.
    pub(super) held_entries: Option<Arc<HeldEntries>>,
    /// The managers of the handle, for lookups through references.
    pub(super) related: OnceLock<Arc<dyn RelatedManagers>>,
}

/// The managers of a handle, for those that refer to each other.
pub(crate) trait RelatedManagers: Send + Sync {
    /// The manager that a reference names.
    ///
    /// # Errors
    /// [`Error::NotRegistered`] for one that the handle does not have.
    fn related(&self, reference: &ReferenceDescription) -> Result<Arc<Managed>, Error>;
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
            held_entries: None,
            related: OnceLock::new(),
        }
    }

    /// The manager inside of a transaction, which holds the audit entries of its writes until its end.
    pub(super) fn with_held_entries(self, entries: Arc<HeldEntries>) -> Self {
        Self {
            held_entries: Some(entries),
            ..self
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
