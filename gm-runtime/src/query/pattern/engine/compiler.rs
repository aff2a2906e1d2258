//! The thread that compiles patterns for storage which matches them in the thread that asks: compiling one takes up to some
//! hundred milliseconds, for which an event loop must not stand still.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use futures_channel::oneshot;

use super::thread_cache::{Patterns, prepare};
use crate::error::Error;
use crate::manager::Description;
use crate::query::pattern::deadline::{PatternTime, within};
use crate::query::pattern::wanted::Wanted;

type Job = Box<dyn FnOnce() + Send>;

/// Queries that wait for their patterns at most.
const QUEUE: usize = 256;

/// Compiles the patterns of a query on a thread of its own, within the time that the query has for them.
pub(crate) async fn compile(
    limit: PatternTime,
    description: &'static Description,
    wanted: Vec<Wanted>,
) -> Result<Patterns, Error> {
    let (reply, compiled) = oneshot::channel();
    let job: Job = Box::new(move || {
        // Nobody wants those of a caller who has left.
        if !reply.is_canceled() {
            let mut patterns = Patterns::default();
            let done = within(limit.until(), || prepare(&mut patterns, &wanted, description))
                .unwrap_or_else(|late| Err(late.of(description.name())));
            let _ = reply.send(done.map(|()| patterns));
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
        let (jobs, queue) = sync_channel(QUEUE);
        let thread = thread::Builder::new().name("gm-patterns".to_owned());
        thread.spawn(move || work(&queue)).ok().map(|_| jobs)
    };
    JOBS.get_or_init(start).as_ref()
}

fn work(queue: &Receiver<Job>) {
    for job in queue {
        // The caller's half of the channel is dropped, which tells it.
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("compiling a pattern panicked");
        }
    }
}
