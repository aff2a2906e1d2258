//! Subscribers in this process that act as a caller.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::{Managed, Readable};
use crate::change::{Change, Delivery, Subscriber, Subscription};
use crate::manager::Description;
use crate::principal::Principal;

/// A subscriber that is notified of what a caller may learn.
struct JudgedSubscriber {
    description: &'static Description,
    principal: Principal,
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
        let is_judged =
            |principal: &&Principal| self.description.judges_changes() || principal.ends_at().is_some();
        let Some(principal) = principal.filter(is_judged) else {
            return self.topic().subscribe(subscriber);
        };
        let judged = Arc::new(JudgedSubscriber {
            description: self.description,
            principal: principal.clone(),
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
    fn evaluate(&self) {
        let _evaluating = self.evaluating.lock().unwrap_or_else(PoisonError::into_inner);
        let readable = Readable::by(&self.principal, self.description);
        *self.readable.write().unwrap_or_else(PoisonError::into_inner) = readable;
    }
}

impl Subscriber for JudgedSubscriber {
    fn notify(&self, change: &Change) {
        if self.principal.has_ended() {
            return;
        }
        let readable = self
            .readable
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(action) = readable.received_action(change, self.description) {
            self.subscriber.notify(&change.as_action(action));
        }
    }

    fn delivery_changed(&self, delivery: Delivery) {
        self.subscriber.delivery_changed(delivery);
    }

    fn grants_changed(&self) {
        self.evaluate();
        if !self.principal.has_ended() {
            // Rows came in sight or left it, and no event named them.
            self.subscriber.notify(&Change::refresh());
        }
    }

    fn changes_missed(&self) {
        self.grants_changed();
    }

    fn ended(&self) {
        self.subscriber.ended();
    }
}
