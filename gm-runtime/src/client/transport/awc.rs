//! The default transport: awc.

use std::sync::Arc;
use std::time::Duration;

use futures_channel::oneshot;
use tokio::sync::Semaphore;

use super::answers::{self, Answer};
use super::spawn::Spawner;
use super::{HttpRequest, HttpResponse, TlsSource, Transport, TransportFuture, exchange};
use crate::client::{Timeouts, TransportError, TransportErrorKind};

/// What binds every request of a transport.
pub(crate) struct Limits {
    pub(crate) timeouts: Timeouts,
    pub(crate) max_reply_size: usize,
    /// One permit for each connection that may be in use at once.
    pub(crate) connections: Semaphore,
    pub(crate) tls: Arc<TlsSource>,
}

/// Sends requests with awc, on the caller's thread where actix runs it, else on a thread of its own.
pub(crate) struct AwcTransport {
    limits: Arc<Limits>,
    spawner: Arc<Spawner>,
}

impl AwcTransport {
    pub(crate) fn new(limits: Limits) -> Self {
        keep_memory_of_bursts();
        Self {
            limits: Arc::new(limits),
            spawner: Arc::new(Spawner::new("gm-client")),
        }
    }
}

/// Lets glibc keep what a burst of requests takes, until the next one.
///
/// What is free at the end of a heap it gives back to the system beyond 128 KiB, and takes it again page by page. awc takes
/// 16 KiB for each request, so that of a few at once each would pay for that: up to a third of the CPU time of a small one,
/// and system calls while others wait for the heap. The bound becomes twice the size of a block of more that was freed
/// (`mallopt(3)`, `M_MMAP_THRESHOLD`), as happens to most programs once. Other allocators do nothing for it.
fn keep_memory_of_bursts() {
    const BLOCK: usize = 1024 * 1024;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(BLOCK)));
}

fn stopped(source: impl Into<anyhow::Error>) -> TransportError {
    TransportError::new(TransportErrorKind::Stopped).with_source(source)
}

impl Transport for AwcTransport {
    fn send(&self, request: HttpRequest) -> TransportFuture<Result<HttpResponse, TransportError>> {
        let limits = Arc::clone(&self.limits);
        let spawner = Arc::clone(&self.spawner);
        // The thread is chosen when the future is first polled: it may be polled elsewhere than it was made.
        Box::pin(async move {
            let (sender, answer) = oneshot::channel();
            let running = spawner
                .spawn(move || carry(limits, request, sender))
                .map_err(stopped)?;
            let answer = answer.await.map_err(stopped)?;
            drop(running);
            answer
        })
    }

    fn sleep(&self, duration: Duration) -> TransportFuture<()> {
        let spawner = Arc::clone(&self.spawner);
        Box::pin(async move {
            let (sender, end) = oneshot::channel::<()>();
            let running = spawner.spawn(move || async move {
                actix_rt::time::sleep(duration).await;
                drop(sender);
            });
            let _ = end.await;
            drop(running);
        })
    }
}

/// Sends the request, and ends it when the caller no longer waits.
async fn carry(limits: Arc<Limits>, request: HttpRequest, mut caller: oneshot::Sender<Answer>) {
    let answer = tokio::select! {
        biased;
        () = caller.cancellation() => None,
        answer = exchange::exchange(&limits, &request) => Some(answer),
    };
    if let Some(answer) = answer {
        answers::give(caller, answer);
    }
}
