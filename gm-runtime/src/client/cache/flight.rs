//! One request under way, and those who wait for it.

use std::pin::Pin;
use std::sync::{self, Arc, PoisonError, Weak};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::BoxFuture;

use super::sync::{Mutex, MutexGuard, TryLockError};

/// A request under way. Whoever waits for it drives it: a caller that leaves, by a deadline of its own or otherwise,
/// leaves it to the others, and the last one that leaves ends the request.
///
/// It is `futures_util`'s `Shared`, which wakes those who wait while it holds the lock that each of them takes first: one
/// that is woken on another thread then goes to sleep again at once, which costs more than the request's own work.
pub(crate) struct Flight<T> {
    course: Arc<Course<T>>,
    /// Where this one's waker is among those of all, once it waits.
    seat: Option<u64>,
}

/// What those who wait for a flight share. They own it, so that it ends with the last of them.
pub(super) struct Course<T> {
    state: Mutex<State<T>>,
    waiting: Arc<Waiting>,
    waker: Waker,
}

enum State<T> {
    Flying(BoxFuture<'static, T>),
    /// With what it brought, where somebody has not seen it yet.
    Landed(Option<T>),
}

impl<T> Flight<T> {
    pub(super) fn new(future: BoxFuture<'static, T>) -> Self {
        let waiting = Arc::new(Waiting {
            seats: sync::Mutex::new(Seats {
                taken: Vec::new(),
                last: 0,
                turned_away: false,
            }),
        });
        Self::on(Arc::new(Course {
            state: Mutex::new(State::Flying(future)),
            waker: Waker::from(Arc::clone(&waiting)),
            waiting,
        }))
    }

    pub(super) fn on(course: Arc<Course<T>>) -> Self {
        Self { course, seat: None }
    }

    pub(super) fn course(&self) -> Weak<Course<T>> {
        Arc::downgrade(&self.course)
    }
}

impl<T: Clone> Future for Flight<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Self { course, seat } = &mut *self;
        let Some(mut state) = try_lock(&course.state).or_else(|| {
            course.waiting.sit(seat, context.waker(), true);
            // Whoever has the lock calls those that were turned away once it has let go of it.
            try_lock(&course.state)
        }) else {
            return Poll::Pending;
        };
        let polled = match &mut *state {
            State::Flying(future) => {
                course.waiting.sit(seat, context.waker(), false);
                let panicked = Told(&course.waiting);
                let polled = future.as_mut().poll(&mut Context::from_waker(&course.waker));
                std::mem::forget(panicked);
                if let Poll::Ready(value) = &polled {
                    // It is no longer in the table, so that nobody joins any more.
                    let others = Arc::strong_count(course) > 1;
                    *state = State::Landed(others.then(|| value.clone()));
                    drop(state);
                    course.waiting.wake_by_ref();
                    return polled;
                }
                polled
            }
            State::Landed(value) if Arc::strong_count(course) == 1 => {
                value.take().map_or(Poll::Pending, Poll::Ready)
            }
            State::Landed(value) => value.clone().map_or(Poll::Pending, Poll::Ready),
        };
        drop(state);
        course.waiting.call_those_turned_away();
        polled
    }
}

impl<T> Drop for Flight<T> {
    fn drop(&mut self) {
        if let Some(seat) = self.seat {
            self.course.waiting.leave(seat);
        }
    }
}

fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        // A request that panicked does so again for each who waits.
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Tells those who wait that the flight has ended, were it by a panic.
struct Told<'a>(&'a Arc<Waiting>);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        self.0.wake_by_ref();
    }
}

/// The wakers of those who wait.
struct Waiting {
    // Of `std`, although the tests have other locks: nothing happens while it is held, and each step that a schedule has
    // makes the others rarer.
    seats: sync::Mutex<Seats>,
}

struct Seats {
    taken: Vec<(u64, Waker)>,
    last: u64,
    /// Whether one came while another one was driving.
    turned_away: bool,
}

impl Waiting {
    fn seats(&self) -> sync::MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sit(&self, seat: &mut Option<u64>, waker: &Waker, turned_away: bool) {
        let mut seats = self.seats();
        seats.turned_away |= turned_away;
        let known = seat.and_then(|seat| seats.taken.iter_mut().find(|(taken, _)| *taken == seat));
        if let Some((_, known)) = known {
            known.clone_from(waker);
            return;
        }
        seats.last = seats.last.wrapping_add(1);
        *seat = Some(seats.last);
        let taken = (seats.last, waker.clone());
        seats.taken.push(taken);
    }

    fn leave(&self, seat: u64) {
        let mut seats = self.seats();
        if let Some(place) = seats.taken.iter().position(|(taken, _)| *taken == seat) {
            let left = seats.taken.swap_remove(place);
            drop(seats);
            drop(left);
        }
    }

    fn call_those_turned_away(self: &Arc<Self>) {
        if std::mem::take(&mut self.seats().turned_away) {
            self.wake_by_ref();
        }
    }
}

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let called = std::mem::take(&mut self.seats().taken);
        for (_, waker) in called {
            waker.wake();
        }
    }
}
