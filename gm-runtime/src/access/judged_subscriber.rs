//! Subscribers in this process that act as a caller.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::{Managed, Readable};
use crate::change::{Change, Delivery, Subscriber, Subscription};
use crate::manager::Description;
use crate::principal::Principal;

/// A subscriber that is notified of what a caller may learn.
struct JudgedSubscriber {
    description: &'static Description,
    principal: Principal,
    /// Whether the caller was revoked.
    is_revoked: AtomicBool,
    readable: RwLock<Readable>,
    /// Held while the rule is evaluated, so that the result of a later evaluation is not replaced by an earlier one.
    evaluating: Mutex<()>,
    subscriber: Arc<dyn Subscriber>,
}

impl Managed {
    /// Notifies the subscriber of the changes that the caller may learn of, from now on.
    pub(crate) fn subscribe(
        &self,
        subscriber: Arc<dyn Subscriber>,
        principal: Option<&Principal>,
    ) -> Subscription {
        // A named caller may be revoked.
        let is_judged =
            |principal: &&Principal| self.description.judges_changes() || principal.is_authenticated();
        let Some(principal) = principal.filter(is_judged) else {
            return self.topic().subscribe(subscriber);
        };
        let judged = Arc::new(JudgedSubscriber {
            description: self.description,
            principal: principal.clone(),
            is_revoked: AtomicBool::new(false),
            readable: RwLock::new(Readable::NOTHING),
            evaluating: Mutex::default(),
            subscriber,
        });
        let subscription = self.topic().subscribe(Arc::clone(&judged) as _);
        // Evaluated now, so that grants which change meanwhile are evaluated again.
        judged.evaluate();
        subscription
    }
}

impl JudgedSubscriber {
    /// Whether the caller is notified of no more changes.
    fn has_ended(&self) -> bool {
        self.is_revoked.load(Ordering::Relaxed) || self.principal.has_ended()
    }

    fn evaluate(&self) {
        let _evaluating = self.evaluating.lock().unwrap_or_else(PoisonError::into_inner);
        let readable = Readable::by(&self.principal, self.description);
        *self.readable.write().unwrap_or_else(PoisonError::into_inner) = readable;
    }
}

impl Subscriber for JudgedSubscriber {
    fn notify(&self, change: &Change) {
        if self.has_ended() {
            return;
        }
        let readable = self
            .readable
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if readable.is_everything() {
            self.subscriber.notify(change);
        } else if let Some(action) = readable.received_action(change, self.description) {
            self.subscriber.notify(&change.as_action(action));
        }
    }

    fn delivery_changed(&self, delivery: Delivery) {
        self.subscriber.delivery_changed(delivery);
    }

    fn grants_changed(&self) {
        self.evaluate();
        if !self.has_ended() {
            // Rows came in sight or left it, and no event named them.
            self.subscriber.notify(&Change::refresh());
        }
    }

    fn changes_missed(&self) {
        self.grants_changed();
    }

    fn revoked(&self, name: &str) {
        if self.principal.name() == Some(name) && !self.is_revoked.swap(true, Ordering::Relaxed) {
            self.subscriber.credential_ended();
        }
    }

    fn ended(&self) {
        self.subscriber.ended();
    }
}
