//! The default transport, which uses awc.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_channel::oneshot;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::reply_batch::{self, Reply};
use super::spawn::Spawner;
use super::{HttpRequest, HttpResponse, Limits, Transport, TransportFuture, exchange};
use crate::client::send_hook::notify_sending;
use crate::error::{Phase, TransportError, TransportErrorKind};
use crate::time_limit::with_time_limit;

/// Sends the requests to one owner with awc: on the caller's thread if it is an actix thread, else on a thread of the handle.
pub(crate) struct AwcTransport {
    limits: Arc<Limits>,
    spawner: Arc<Spawner>,
}

impl AwcTransport {
    pub(crate) fn new(limits: Limits, spawner: &Arc<Spawner>) -> Self {
        raise_malloc_trim_threshold();
        Self {
            limits: Arc::new(limits),
            spawner: Arc::clone(spawner),
        }
    }

    /// The free connection slots.
    pub(crate) fn free_connections(&self) -> usize {
        self.limits.connections.available_permits()
    }
}

/// Makes glibc keep the memory of a burst of requests for the next burst.
///
/// glibc returns free memory beyond 128 KiB at the end of a heap to the system. awc allocates 16 KiB for each request, so a few
/// concurrent requests already pay for that. Freeing a larger block raises the threshold to twice its size (`mallopt(3)`,
/// `M_MMAP_THRESHOLD`). Other allocators are not affected.
fn raise_malloc_trim_threshold() {
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
        // The thread is chosen at the first poll, which may happen on another thread than this call.
        Box::pin(async move {
            let start = Instant::now();
            let permit = connection_slot(&limits).await?;
            // Until here, other callers could join this read.
            notify_sending();
            let time_limit = limits.timeouts.request;
            let (sender, reply) = oneshot::channel();
            let slot = Slot {
                start,
                _permit: permit,
            };
            // A box, since the runtime moves the future of a task several times.
            let running = spawner
                .spawn(move || Box::pin(send(limits, request, slot, sender)))
                .map_err(stopped)?;
            let reply = if running.is_on_caller_thread() {
                with_time_limit(time_limit, reply).await.ok_or_else(|| {
                    TransportError::new(TransportErrorKind::Timeout(Phase::Response))
                        .with_source(RuntimeStalled)
                })?
            } else {
                reply.await
            };
            drop(running);
            reply.map_err(stopped)?
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

/// Waits for one of the owner's connection slots.
async fn connection_slot(limits: &Limits) -> Result<OwnedSemaphorePermit, TransportError> {
    let free = Arc::clone(&limits.connections).try_acquire_owned();
    if let Ok(permit) = free {
        return Ok(permit);
    }
    let time_limit = limits.timeouts.response.min(limits.timeouts.request);
    let permit = pin!(Arc::clone(&limits.connections).acquire_owned());
    match with_time_limit(time_limit, permit).await {
        Some(permit) => permit.map_err(stopped),
        None => Err(TransportError::new(TransportErrorKind::Timeout(Phase::Queue))),
    }
}

/// The runtime that should send the request does not run.
#[derive(Debug, thiserror::Error)]
#[error(
    "the actix runtime of the request does not run: it was stopped, or something blocks its thread, such as a `block_on` \
     in one of its tasks"
)]
struct RuntimeStalled;

/// Sends the request, and drops it when the caller is cancelled.
async fn send(limits: Arc<Limits>, request: HttpRequest, slot: Slot, mut caller: oneshot::Sender<Reply>) {
    let reply = tokio::select! {
        biased;
        () = caller.cancellation() => None,
        reply = exchange::exchange(&limits, &request, slot.start) => Some(reply),
    };
    drop(slot);
    if let Some(reply) = reply {
        reply_batch::deliver(caller, reply);
    }
}

/// A connection slot, held by a request.
struct Slot {
    /// When the caller began to wait for the response.
    start: Instant,
    _permit: OwnedSemaphorePermit,
}
