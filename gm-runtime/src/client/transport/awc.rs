//! The default transport: awc.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_channel::oneshot;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::reply_batch::{self, Answer};
use super::spawn::Spawner;
use super::{HttpRequest, HttpResponse, TlsSource, Transport, TransportFuture, exchange};
use crate::client::Timeouts;
use crate::client::send_hook::notify_sending;
use crate::error::{Phase, TransportError, TransportErrorKind};
use crate::time_limit::with_time_limit;

/// What binds every request to an owner.
pub(crate) struct Limits {
    pub(crate) timeouts: Timeouts,
    pub(crate) max_reply_size: usize,
    /// One permit for each request that may be under way at once.
    pub(crate) connections: Arc<Semaphore>,
    pub(crate) tls: Arc<TlsSource>,
}

/// Sends the requests to one owner with awc, on the caller's thread where actix runs it, else on a thread of the handle's.
pub(crate) struct AwcTransport {
    limits: Arc<Limits>,
    spawner: Arc<Spawner>,
}

impl AwcTransport {
    pub(crate) fn new(limits: Limits, spawner: &Arc<Spawner>) -> Self {
        keep_memory_of_bursts();
        Self {
            limits: Arc::new(limits),
            spawner: Arc::clone(spawner),
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
            let start = Instant::now();
            let turn = turn(&limits).await?;
            // Until here others could join who want the same.
            notify_sending();
            let longest = limits.timeouts.request;
            let (sender, answer) = oneshot::channel();
            let running = spawner
                .spawn(move || carry(limits, request, Turn { start, _permit: turn }, sender))
                .map_err(stopped)?;
            let answer = if running.is_here() {
                with_time_limit(longest, answer).await.ok_or_else(|| {
                    TransportError::new(TransportErrorKind::Timeout(Phase::Response)).with_source(NotRun)
                })?
            } else {
                answer.await
            };
            drop(running);
            answer.map_err(stopped)?
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
            let _ = with_time_limit(duration, end).await;
            drop(running);
        })
    }
}

/// Waits until the owner may be sent another request.
async fn turn(limits: &Limits) -> Result<OwnedSemaphorePermit, TransportError> {
    let free = Arc::clone(&limits.connections).try_acquire_owned();
    if let Ok(turn) = free {
        return Ok(turn);
    }
    let longest = limits.timeouts.response.min(limits.timeouts.request);
    let turn = pin!(Arc::clone(&limits.connections).acquire_owned());
    match with_time_limit(longest, turn).await {
        Some(turn) => turn.map_err(stopped),
        None => Err(TransportError::new(TransportErrorKind::Timeout(Phase::Queue))),
    }
}

/// The runtime that was to carry the request did not.
#[derive(Debug, thiserror::Error)]
#[error(
    "the actix runtime that carries the request stands still: it was left, or something blocks its thread, such as a \
     `block_on` in one of its tasks"
)]
struct NotRun;

/// Sends the request, and ends it when the caller no longer waits.
async fn carry(limits: Arc<Limits>, request: HttpRequest, turn: Turn, mut caller: oneshot::Sender<Answer>) {
    let answer = tokio::select! {
        biased;
        () = caller.cancellation() => None,
        answer = exchange::exchange(&limits, &request, turn.start) => Some(answer),
    };
    drop(turn);
    if let Some(answer) = answer {
        reply_batch::deliver(caller, answer);
    }
}

/// One of the requests that may be under way at once.
struct Turn {
    /// When the caller began to wait.
    start: Instant,
    _permit: OwnedSemaphorePermit,
}
