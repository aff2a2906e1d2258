//! Time limits that hold although no runtime drives them.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use slab::Slab;

/// The interval at which deadlines are checked. A limit may end this much late.
const TICK: Duration = Duration::from_millis(100);
/// The thread ends after this many ticks without a waiter.
const IDLE_TICKS: u32 = 100;
/// The age of the last tick at which it is no longer certain that the thread runs.
const DOUBT: Duration = Duration::from_secs(1);

/// A future with a time limit that does not depend on the runtime that polls it.
///
/// A request on an actix thread depends on that thread's runtime, and so do the timers of its phases. If the runtime stops, or a
/// `block_on` blocks it, callers on other threads that share the request would wait forever. This limit ends their wait.
///
/// One thread of the process checks all deadlines every 100 ms. A waiter costs an entry in its list and wakes no thread.
pub(crate) struct TimeLimited<F> {
    future: F,
    deadline: Option<Instant>,
    /// The waiter's entry in [`WAITERS`].
    entry: Option<usize>,
}

/// Waits for the future. `None` when the limit is over first.
pub(crate) fn with_time_limit<F: Future + Unpin>(limit: Duration, future: F) -> TimeLimited<F> {
    TimeLimited {
        future,
        // A deadline beyond the clock's range is no limit.
        deadline: Instant::now().checked_add(limit),
        entry: None,
    }
}

/// A waker that is woken at a deadline, until this is dropped. It may be woken several times.
pub(crate) struct Alarm {
    entry: usize,
}

/// Wakes the waker at the deadline.
pub(crate) fn wake_at(deadline: Instant, waker: &Waker) -> Alarm {
    Alarm {
        entry: WAITERS.register(None, deadline, waker),
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        WAITERS.remove(self.entry);
    }
}

impl<F: Future + Unpin> Future for TimeLimited<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(output) = Pin::new(&mut self.future).poll(cx) {
            return Poll::Ready(Some(output));
        }
        let Some(deadline) = self.deadline else {
            return Poll::Pending;
        };
        if self.entry.is_some() && Instant::now() >= deadline {
            return Poll::Ready(None);
        }
        self.entry = Some(WAITERS.register(self.entry, deadline, cx.waker()));
        Poll::Pending
    }
}

impl<F> Drop for TimeLimited<F> {
    fn drop(&mut self) {
        if let Some(entry) = self.entry {
            WAITERS.remove(entry);
        }
    }
}

static WAITERS: Waiters = Waiters(Mutex::new(State {
    entries: Slab::new(),
    watched_by: None,
    ticked_at: None,
}));

/// The waiters of all handles of the process.
struct Waiters(Mutex<State>);

struct State {
    entries: Slab<Waiter>,
    /// The process that runs the thread. A fork of it has no such thread.
    watched_by: Option<u32>,
    /// When the thread last checked the deadlines.
    ticked_at: Option<Instant>,
}

struct Waiter {
    deadline: Instant,
    waker: Waker,
}

impl Waiters {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remove(&self, entry: usize) {
        let waiter = self.lock().entries.try_remove(entry);
        // Dropping a waker may run foreign code, so it happens outside of the lock.
        drop(waiter);
    }

    /// Registers the waker, or replaces the one of this entry. It is woken at the deadline.
    fn register(&'static self, entry: Option<usize>, deadline: Instant, waker: &Waker) -> usize {
        let mut state = self.lock();
        if let Some((entry, waiter)) = entry.and_then(|entry| Some((entry, state.entries.get_mut(entry)?))) {
            let before =
                (!waiter.waker.will_wake(waker)).then(|| std::mem::replace(&mut waiter.waker, waker.clone()));
            drop(state);
            drop(before);
            return entry;
        }
        // The id of the process is a system call, which most waiters save.
        let is_watched =
            !state.entries.is_empty() && state.ticked_at.is_some_and(|tick| tick.elapsed() < DOUBT);
        let entry = state.entries.insert(Waiter {
            deadline,
            waker: waker.clone(),
        });
        if is_watched {
            return entry;
        }
        let process = Some(std::process::id());
        if state.watched_by != process {
            let thread = std::thread::Builder::new().name("gm-time-limits".to_owned());
            // Without the thread only the time limits of the runtimes remain.
            state.watched_by = process.filter(|_| thread.spawn(|| self.watch()).is_ok());
        }
        entry
    }

    fn watch(&self) {
        let mut idle = 0;
        loop {
            std::thread::sleep(TICK);
            let late = {
                let mut state = self.lock();
                idle = if state.entries.is_empty() { idle + 1 } else { 0 };
                if idle > IDLE_TICKS {
                    state.watched_by = None;
                    return;
                }
                let now = Instant::now();
                state.ticked_at = Some(now);
                let late = state.entries.iter().filter(|(_, waiter)| waiter.deadline <= now);
                late.map(|(_, waiter)| waiter.waker.clone()).collect::<Vec<_>>()
            };
            for waker in late {
                // A panic in the waker of one waiter must not end the limits of the others.
                let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| waker.wake()));
            }
        }
    }
}
