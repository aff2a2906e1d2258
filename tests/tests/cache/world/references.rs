//! Lists of another resource that look through a reference to the row.

use std::sync::Arc;

use super::{Answers, MAX_STALENESS, READS, STORE, World};
use crate::recompiled::{Lease, Reach, Reads, Validity};

/// What no row and no other list has for its key.
const THROUGH: u64 = u64::MAX;
/// About the steps in which a websocket is opened.
const BEFORE_A_LATE_READ: usize = 6;

impl World {
    pub(crate) fn read_through(&self) {
        for _ in 0..READS {
            self.read_through_and_check();
        }
    }

    /// Reads once the other threads have done something, so that the first lookup is not always the first step.
    pub(crate) fn read_through_late(&self) {
        for _ in 0..BEFORE_A_LATE_READ {
            shuttle::thread::yield_now();
        }
        self.read_through();
    }

    pub(super) fn read_through_and_check(&self) {
        self.check(0, || self.list_through());
    }

    fn referring(&self) -> Arc<Answers> {
        // Its own rows never change.
        let referring = || {
            let (validity, lease) = (Validity::new(true), Lease::new(MAX_STALENESS));
            Reads::new(validity, lease, self.clock.clone(), STORE.clone())
        };
        Arc::clone(self.referring.get_or_init(referring))
    }

    /// The changes of the row are in the key, and no cached answer will do if one may be missed.
    fn list_through(&self) -> impl Future<Output = Result<u64, ()>> + use<> {
        let epoch = self.reads.reliable_epoch();
        let key = self.key(0, &(THROUGH, epoch));
        let (referring, fetch) = (self.referring(), self.fetch(0));
        async move {
            referring
                .read((key, 0), Reach::List, epoch.is_none(), fetch)
                .await
        }
    }
}
