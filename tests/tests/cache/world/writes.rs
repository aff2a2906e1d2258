//! Writes of the consumer.

use std::sync::Arc;

use futures_util::poll;
use shuttle::future::{block_on, yield_now};
use shuttle::sync::atomic::{AtomicU64, Ordering};

use super::{CHANGES, ROW, World};
use crate::recompiled::{Reach, writes};

impl World {
    /// This process changes the row. The owner sends no event.
    pub(crate) fn write(&self) {
        for _ in 0..CHANGES {
            let (sending, _) = self.sending();
            let written = block_on(writes::write(&self.invalidated, Some(ROW), sending, |_| None));
            self.require(written.unwrap());
        }
    }

    /// This process changes the row, and cancels the write.
    pub(crate) fn write_and_cancel(&self) {
        let (sending, committed) = self.sending();
        let mut write = Box::pin(writes::write(&self.invalidated, Some(ROW), sending, |_| None));
        block_on(async {
            for _ in 0..3 {
                if poll!(&mut write).is_ready() {
                    break;
                }
                yield_now().await;
            }
        });
        // A write that is committed at the cancellation counts.
        let before = committed.load(Ordering::SeqCst);
        drop(write);
        self.require(before);
        self.read_and_check(Reach::Row(ROW), 0);
        // The sender owns a reference until the request has ended.
        while Arc::strong_count(&self.invalidated) > 1 {
            shuttle::thread::yield_now();
        }
        self.require(committed.load(Ordering::SeqCst));
    }

    /// A write request, and the `rev` that it has committed.
    fn sending(&self) -> (impl Future<Output = u64> + use<>, Arc<AtomicU64>) {
        let committed = Arc::new(AtomicU64::new(0));
        let (rev, outcome) = (Arc::clone(&self.rev), Arc::clone(&committed));
        let sending = async move {
            yield_now().await;
            let written = rev.fetch_add(1, Ordering::SeqCst) + 1;
            outcome.store(written, Ordering::SeqCst);
            yield_now().await;
            written
        };
        (sending, committed)
    }
}
