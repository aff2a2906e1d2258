//! When the request of a shared read leaves.

use std::sync::Arc;

use super::cache::Departs;
use super::{HttpRequest, HttpResponse, Transport, TransportError, TransportFuture};

tokio::task_local! {
    /// The shared read whose requests are sent now.
    static READ: Arc<dyn Departs>;
}

/// The same future, whose first request lets the read know that it leaves.
pub(crate) fn announced<T>(
    read: Arc<dyn Departs>,
    fetch: impl Future<Output = T>,
) -> impl Future<Output = T> {
    READ.scope(read, fetch)
}

/// A request leaves now: until then it waited for its turn.
pub(super) fn departing() {
    // A write is shared by nobody.
    let _ = READ.try_with(|read| read.depart());
}

/// A transport of the application's own, whose requests leave when they are handed to it.
pub(super) struct Handed<T>(pub(super) T);

impl<T: Transport> Transport for Handed<T> {
    fn send(&self, request: HttpRequest) -> TransportFuture<Result<HttpResponse, TransportError>> {
        departing();
        self.0.send(request)
    }

    fn sleep(&self, duration: std::time::Duration) -> TransportFuture<()> {
        self.0.sleep(duration)
    }
}
