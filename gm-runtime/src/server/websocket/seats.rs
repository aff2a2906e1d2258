//! How many sockets there are.

use std::sync::Arc;

use tokio::sync::watch;

/// Counts the websockets of all resources, and refuses more than the bound.
#[derive(Debug)]
pub(crate) struct Sockets {
    max: usize,
    seats: watch::Sender<Seats>,
}

#[derive(Debug, Default)]
struct Seats {
    taken: usize,
    closed: bool,
}

/// A socket's seat, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Seat(Arc<Sockets>);

impl Sockets {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            max,
            seats: watch::Sender::new(Seats::default()),
        }
    }

    /// A seat, unless all are taken or none is given any more.
    pub(super) fn take(self: &Arc<Self>) -> Option<Seat> {
        let taken = self.seats.send_if_modified(|seats| {
            let free = !seats.closed && seats.taken < self.max;
            seats.taken += usize::from(free);
            free
        });
        taken.then(|| Seat(Arc::clone(self)))
    }

    /// Gives no more seats.
    pub(crate) fn refuse_more(&self) {
        self.seats.send_modify(|seats| seats.closed = true);
    }

    /// Ready when no seat is taken.
    pub(crate) async fn gone(&self) {
        // The sender is here, so the wait can't fail.
        let _ = self.seats.subscribe().wait_for(|seats| seats.taken == 0).await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.seats.send_modify(|seats| seats.taken -= 1);
    }
}
