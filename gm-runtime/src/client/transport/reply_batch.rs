//! Batches responses, so that their callers are woken together.

use std::cell::RefCell;

use futures_channel::oneshot;

use super::HttpResponse;
use crate::error::TransportError;

pub(super) type Reply = Result<HttpResponse, TransportError>;

/// Replies, and the caller of each.
type Batch = Vec<(oneshot::Sender<Reply>, Reply)>;

thread_local! {
    /// The replies that the client's own thread has received and not delivered yet, in order. `None` on other threads.
    static BATCH: RefCell<Option<Batch>> = const { RefCell::new(None) };
}

/// Enables batching on this thread, which must have only one runtime: a batch in a runtime that does not run is not delivered.
pub(super) fn enable() {
    BATCH.set(Some(Vec::new()));
}

/// Delivers a reply to its caller. With batching, the replies of one turn of the event loop are delivered together at its end, so
/// that a waiting thread is woken once for all of them. Must be called in a `LocalSet`.
pub(super) fn deliver(caller: oneshot::Sender<Reply>, reply: Reply) {
    let is_first = BATCH.with_borrow_mut(|batch| match batch {
        Some(batch) => {
            batch.push((caller, reply));
            batch.len() == 1
        }
        None => {
            // The caller may be cancelled.
            let _ = caller.send(reply);
            false
        }
    });
    if is_first {
        let delivery = Delivery;
        // The new task runs after the tasks that are ready now.
        actix_rt::spawn(async move { drop(delivery) });
    }
}

/// Delivers the batch when it is dropped, even if the thread ends before the task runs.
struct Delivery;

impl Drop for Delivery {
    fn drop(&mut self) {
        let batch = BATCH.try_with(|batch| batch.borrow_mut().as_mut().map(std::mem::take));
        // Without the thread's storage, when the thread ends, the senders are dropped, which the callers notice.
        for (caller, reply) in batch.ok().flatten().unwrap_or_default() {
            // The caller may be cancelled.
            let _ = caller.send(reply);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::expect_used,
        reason = "a test that meets what it did not expect should stop"
    )]

    use futures_channel::oneshot;
    use tokio::runtime::Runtime;
    use tokio::task::LocalSet;

    use super::{HttpResponse, Reply, deliver, enable};

    fn runtime() -> (Runtime, LocalSet) {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        (runtime.expect("a runtime"), LocalSet::new())
    }

    fn reply() -> Reply {
        Ok(HttpResponse::new(200, [], ""))
    }

    #[test]
    fn a_runtime_that_ends_delivers_the_batch() {
        enable();
        for _ in 0..2 {
            let (runtime, tasks) = runtime();
            let (caller, mut answer) = oneshot::channel();
            // The runtime ends before a task runs.
            runtime.block_on(tasks.run_until(async { deliver(caller, reply()) }));
            assert!(answer.try_recv().expect("pending").is_none());
            drop(tasks);
            assert!(answer.try_recv().expect("delivered").is_some());
        }
    }

    #[test]
    fn replies_of_one_turn_are_delivered_together() {
        enable();
        let (runtime, tasks) = runtime();
        let (callers, mut answers): (Vec<_>, Vec<_>) = (0..3).map(|_| oneshot::channel()).unzip();
        runtime.block_on(tasks.run_until(async {
            for caller in callers {
                deliver(caller, reply());
            }
            assert!(
                answers
                    .iter_mut()
                    .all(|answer| answer.try_recv().expect("pending").is_none())
            );
            tokio::task::yield_now().await;
            assert!(
                answers
                    .iter_mut()
                    .all(|answer| answer.try_recv().expect("delivered").is_some())
            );
        }));
    }

    /// An application's thread may have several runtimes, of which only one runs at a time.
    #[test]
    fn without_batching_a_reply_is_delivered_at_once() {
        let (caller, mut answer) = oneshot::channel();
        deliver(caller, reply());
        assert!(answer.try_recv().expect("delivered").is_some());
    }
}
