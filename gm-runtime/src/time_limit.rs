//! Time limits of those who wait for a task of another runtime, or of one that does not run.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use slab::Slab;

/// How late a limit may be noticed.
const TICK: Duration = Duration::from_millis(100);
/// After so many ticks without anybody who waits the clock's thread ends.
const IDLE_TICKS: u32 = 100;

/// A limit that holds whichever runtime runs.
///
/// A request that an actix thread sends is carried by that thread's runtime, and so are the timers that bound its phases.
/// Where the runtime is left, or is blocked by a `block_on` within it, all of that stands still, while others may wait for the
/// answer elsewhere: who shares a request drives what another thread began. So each waits with this limit besides.
///
/// It costs whoever waits a place in a list, and wakes nobody, as a timer's thread is woken for each timer: one thread looks at
/// the list every 100 ms while it is in use.
pub(crate) struct TimeLimited<F> {
    future: F,
    deadline: Option<Instant>,
    place: Option<usize>,
}

/// Waits for the future, `None` once the limit has passed.
pub(crate) fn with_time_limit<F: Future + Unpin>(limit: Duration, future: F) -> TimeLimited<F> {
    TimeLimited {
        future,
        // One that is too far away for the clock is none.
        deadline: Instant::now().checked_add(limit),
        place: None,
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
        if self.place.is_some() && Instant::now() >= deadline {
            return Poll::Ready(None);
        }
        self.place = Some(WAITING.enter(self.place, deadline, cx.waker()));
        Poll::Pending
    }
}

impl<F> Drop for TimeLimited<F> {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            let waiting = WAITING.lock().waits.try_remove(place);
            // A waker may run code of its own, so not under the lock.
            drop(waiting);
        }
    }
}

static WAITING: Waiting = Waiting(Mutex::new(State {
    waits: Slab::new(),
    watched_by: None,
}));

/// Who waits, of all handles of the process.
struct Waiting(Mutex<State>);

struct State {
    waits: Slab<Wait>,
    /// The process whose thread looks at them: a fork of it has none.
    watched_by: Option<u32>,
}

struct Wait {
    deadline: Instant,
    waker: Waker,
}

impl Waiting {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the waker woken at the deadline.
    fn enter(&'static self, place: Option<usize>, deadline: Instant, waker: &Waker) -> usize {
        let mut state = self.lock();
        if let Some((place, wait)) = place.and_then(|place| Some((place, state.waits.get_mut(place)?))) {
            let before =
                (!wait.waker.will_wake(waker)).then(|| std::mem::replace(&mut wait.waker, waker.clone()));
            drop(state);
            drop(before);
            return place;
        }
        let place = state.waits.insert(Wait {
            deadline,
            waker: waker.clone(),
        });
        let process = Some(std::process::id());
        if state.watched_by != process {
            let thread = std::thread::Builder::new().name("gm-time-limits".to_owned());
            // Without one the limits of the runtimes themselves remain.
            state.watched_by = process.filter(|_| thread.spawn(|| self.watch()).is_ok());
        }
        place
    }

    fn watch(&self) {
        let mut idle = 0;
        loop {
            std::thread::sleep(TICK);
            let late = {
                let mut state = self.lock();
                idle = if state.waits.is_empty() { idle + 1 } else { 0 };
                if idle > IDLE_TICKS {
                    state.watched_by = None;
                    return;
                }
                let now = Instant::now();
                let late = state.waits.iter().filter(|(_, wait)| wait.deadline <= now);
                late.map(|(_, wait)| wait.waker.clone()).collect::<Vec<_>>()
            };
            for waker in late {
                // A waker of an application's own may panic, which must not end the limits of others.
                let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| waker.wake()));
            }
        }
    }
}
