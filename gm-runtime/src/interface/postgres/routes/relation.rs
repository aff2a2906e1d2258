//! The table or view of one manager.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::outbox::Outbox;
use crate::change::{Action, Change, Topic};
use crate::interface::postgres::notification::{NotifyExpression, PayloadAction, SideEffects, announcement};
use crate::manager::Description;

/// The table or view of one manager, with what its writes must send.
pub(in crate::interface::postgres) struct Relation {
    pub(super) description: &'static Description,
    pub(super) table: &'static str,
    pub(super) topic: Arc<Topic>,
    pub(super) outbox: Arc<Outbox>,
    pub(super) catalog: RwLock<InCatalog>,
    /// Whether it is a table. A GET checks it without a lock.
    pub(super) is_table: AtomicBool,
}

/// What the catalog says of a relation, as it was last read.
#[derive(Clone)]
pub(super) struct InCatalog {
    /// `None` before the first read, and if the relation was removed.
    pub(super) oid: Option<u32>,
    pub(super) is_table: bool,
    pub(super) notify: Arc<NotifyExpression>,
    pub(super) side_effects: Arc<SideEffects>,
    /// The writes that may have side effects, as bits of `pg_trigger.tgtype`.
    pub(super) effects: i16,
}

impl Relation {
    pub(super) fn catalog(&self) -> RwLockReadGuard<'_, InCatalog> {
        self.catalog.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_catalog(&self, catalog: InCatalog) {
        self.is_table.store(catalog.is_table, Ordering::Relaxed);
        *self.catalog.write().unwrap_or_else(PoisonError::into_inner) = catalog;
    }

    /// Whether the rows are in a table, and not computed by a view.
    pub(in crate::interface::postgres) fn is_table(&self) -> bool {
        self.is_table.load(Ordering::Relaxed)
    }

    /// The OID, for [`SideEffects::after`].
    pub(in crate::interface::postgres) fn oid(&self) -> Option<u32> {
        self.catalog().oid
    }

    /// The expressions that send the notifications of the writes.
    pub(in crate::interface::postgres) fn notify(&self) -> Arc<NotifyExpression> {
        Arc::clone(&self.catalog().notify)
    }

    /// The statements that report the side effects of such a write. `None` if it has none.
    pub(in crate::interface::postgres) fn side_effects(&self, action: Action) -> Option<Arc<SideEffects>> {
        let bit = match action {
            Action::Create => 4,
            Action::Delete => 8,
            Action::Update => 16,
            Action::Refresh => return None,
        };
        let catalog = self.catalog();
        (catalog.effects & bit != 0).then(|| Arc::clone(&catalog.side_effects))
    }

    /// Sends a change that was made past the interface to every replica, and to this one.
    pub(in crate::interface::postgres) fn publish(&self, change: &Change) {
        self.announce(PayloadAction::Change(change.action()), change);
    }

    /// Sends to every replica that callers may read other rows from now on. This one evaluates the rules at once, so that
    /// changes which are committed after this call are judged by the new grants.
    pub(in crate::interface::postgres) fn grants_changed(&self) {
        self.topic.grants_changed();
        self.announce(PayloadAction::Grants, &Change::refresh());
    }

    fn announce(&self, action: PayloadAction, change: &Change) {
        let Some(oid) = self.oid() else {
            // No replica can name the relation.
            self.topic.publish(change);
            return;
        };
        let payload = announcement(oid, action, self.description, change.id());
        self.outbox.add(oid, action, payload);
    }
}
