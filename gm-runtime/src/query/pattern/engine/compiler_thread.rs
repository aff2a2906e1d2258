//! The thread that compiles patterns for storage that matches them on the thread of the caller. Compiling a pattern takes up
//! to a few hundred milliseconds, and would block an event loop for that time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use futures_channel::oneshot;

use super::thread_cache::Patterns;
use crate::error::Error;
use crate::manager::Description;
use crate::query::pattern::deadline::{PatternTimeLimit, with_deadline};
use crate::query::pattern::query_pattern::QueryPattern;

type Job = Box<dyn FnOnce() + Send>;

/// The most queries that wait for the thread.
const QUEUE_CAPACITY: usize = 256;

/// Compiles the patterns of a query on a thread of its own, by the deadline of the query.
///
/// # Errors
/// [`Error::Invalid`] for an invalid pattern, the error of the deadline, and [`Error::Unavailable`] if the queue is full.
pub(crate) async fn compile(
    limit: PatternTimeLimit,
    description: &'static Description,
    query_patterns: Vec<QueryPattern>,
) -> Result<Patterns, Error> {
    let (reply, compiled) = oneshot::channel();
    let job: Job = Box::new(move || {
        // The caller may have been cancelled while the job was in the queue.
        if !reply.is_canceled() {
            let mut patterns = Patterns::default();
            let result = with_deadline(limit.deadline(), || {
                patterns.compile(&query_patterns, description)
            })
            .unwrap_or_else(|exceeded| Err(exceeded.error(description.name())));
            let _ = reply.send(result.map(|()| patterns));
        }
    });
    let sent = jobs().is_some_and(|jobs| jobs.try_send(job).is_ok());
    if !sent {
        return Err(Error::Unavailable(
            "too many queries wait for their patterns to be compiled",
        ));
    }
    compiled.await.unwrap_or(Err(Error::Unavailable(
        "the thread that compiles patterns has failed",
    )))
}

fn jobs() -> Option<&'static SyncSender<Job>> {
    static JOBS: OnceLock<Option<SyncSender<Job>>> = OnceLock::new();
    let start = || {
        let (jobs, queue) = sync_channel(QUEUE_CAPACITY);
        let thread = thread::Builder::new().name("gm-patterns".to_owned());
        thread.spawn(move || run_jobs(&queue)).ok().map(|_| jobs)
    };
    JOBS.get_or_init(start).as_ref()
}

fn run_jobs(queue: &Receiver<Job>) {
    for job in queue {
        // The panic drops the sender of the reply, so the caller gets an error.
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("compiling a pattern panicked");
        }
    }
}
