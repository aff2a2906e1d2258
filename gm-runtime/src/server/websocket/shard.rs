//! The subscribers of one resource that live on one thread.

use std::collections::{BTreeSet, VecDeque};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use actix_web::web::Bytes;
use slab::Slab;
use tokio::time::{Instant, Sleep, sleep_until};

use super::frames;

/// Bytes that the queue may hold for each event that it may hold. A typical event has 300.
const BYTES_PER_EVENT: usize = 1024;

/// Capacity that an empty log may keep.
const RETAINED_CAPACITY: usize = 16;

/// Sockets that are woken at once, before those are polled. The memory of a task that is touched to wake it is still in
/// a cache when the task is polled, and what else the thread has to do waits for so many sockets, not for all.
pub(super) const WAKE_BATCH: usize = 32;

/// The events that the sockets of one thread have yet to send, once for all of them, and the sockets that wait.
///
/// Whoever commits adds an event and wakes one task, which then wakes the sockets from their own thread: a wake-up from
/// another thread takes the lock of that thread's queue, and moves the task's memory between the cores, for each socket.
#[derive(Debug)]
pub(super) struct Shard {
    /// How many events wait for a socket at most.
    capacity: usize,
    ping_interval: Duration,
    /// How often there was something for sockets; written under the lock. One that waits since the last time need not
    /// take the lock to know that there is nothing.
    epoch: AtomicU64,
    state: Mutex<State>,
}

/// Filled by the threads that commit, read by the sockets.
#[derive(Debug, Default)]
struct State {
    events: VecDeque<Bytes>,
    /// The bytes of those events.
    bytes: usize,
    /// How many events there were before those.
    before: u64,
    /// There is what the sockets were not woken for.
    news: bool,
    /// The first place whose socket is still to be woken for what there was before that.
    waking: Option<usize>,
    close: Option<u16>,
    /// No socket is here any more.
    is_empty: bool,
    waker: Option<Waker>,
    sockets: Slab<Socket>,
    /// How many of them wait.
    waiting: usize,
    /// When each of them is to send its next ping, the first one first.
    pings: BTreeSet<(Instant, usize)>,
}

/// How a socket is woken.
#[derive(Debug)]
struct Socket {
    waker: Option<Waker>,
    /// What had [`happened`](Shard::epoch) when it began to wait; absent while it does not.
    waiting_since: Option<u64>,
    /// When it is to send its next ping.
    due: Instant,
    /// It is to send one now.
    is_due: bool,
}

/// A socket's place in a shard.
///
/// It is the memory that an event touches for each socket, most of whose cost is to fetch it: so it is small.
#[derive(Debug)]
pub(super) struct Cursor {
    shard: Arc<Shard>,
    number: usize,
    /// The number of the event that is sent next.
    next: u64,
    /// The shard's own of this place, while it waits.
    waiting_since: Option<u64>,
    /// Whom it then let be woken.
    woken: Option<Waker>,
    ping_is_due: bool,
}

/// What a socket is to be told next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outgoing {
    Event(Bytes),
    /// More than the bound has waited.
    Refresh,
    Close(u16),
}

impl Shard {
    pub(super) fn new(capacity: usize, ping_interval: Duration) -> Self {
        Self {
            capacity,
            ping_interval,
            epoch: AtomicU64::new(0),
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an event.
    pub(super) fn push(&self, event: Bytes) {
        let mut state = self.state();
        state.bytes = state.bytes.saturating_add(event.len());
        state.events.push_back(event);
        let max_bytes = self.capacity.saturating_mul(BYTES_PER_EVENT);
        while state.events.len() > self.capacity || state.bytes > max_bytes {
            let Some(dropped) = state.events.pop_front() else {
                break;
            };
            state.bytes = state.bytes.saturating_sub(dropped.len());
            state.before += 1;
        }
        self.schedule_wake(&mut state);
    }

    /// Ends the sockets with this code, before anything that still waits. The first reason counts.
    pub(super) fn close(&self, code: u16) {
        let mut state = self.state();
        state.close.get_or_insert(code);
        self.schedule_wake(&mut state);
    }

    /// Has the sockets woken. Under the lock, so that one which begins to wait has either seen it or is woken for it.
    fn schedule_wake(&self, state: &mut State) {
        state.news = true;
        self.advance_epoch();
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    fn advance_epoch(&self) {
        self.epoch.fetch_add(1, Ordering::Release);
    }

    fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Whether sockets that enter are told anything.
    pub(super) fn is_open(&self) -> bool {
        self.state().close.is_none()
    }

    /// A place for a new socket, which is told every event from now on.
    pub(super) fn enter(self: &Arc<Self>) -> Cursor {
        let mut state = self.state();
        let due = Instant::now() + self.ping_interval;
        let number = state.sockets.insert(Socket {
            waker: None,
            waiting_since: None,
            due,
            is_due: false,
        });
        state.pings.insert((due, number));
        Cursor {
            shard: Arc::clone(self),
            number,
            next: state.end(),
            waiting_since: None,
            woken: None,
            ping_is_due: false,
        }
    }

    /// How many events are held.
    #[cfg(test)]
    pub(super) fn event_count(&self) -> usize {
        self.state().events.len()
    }

    /// Wakes the sockets whenever there is something for them, until the last has gone.
    pub(super) fn wake_sockets(self: Arc<Self>) -> impl Future<Output = ()> {
        // Not first when it is polled, which a runtime that ends may never do.
        let close_on_drop = CloseOnDrop(self);
        async move {
            let CloseOnDrop(shard) = &close_on_drop;
            let mut alarm = pin!(sleep_until(Instant::now() + shard.ping_interval));
            poll_fn(|context| shard.poll_wake(alarm.as_mut(), context)).await;
        }
    }

    fn poll_wake(&self, mut alarm: Pin<&mut Sleep>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if state.is_empty {
            return Poll::Ready(());
        }
        state.waker = Some(context.waker().clone());
        let is_time = alarm.as_mut().poll(context).is_ready();
        if is_time {
            self.advance_epoch();
            alarm.as_mut().reset(state.wake_for_pings(self.ping_interval));
        }
        if state.waking.is_none() && std::mem::take(&mut state.news) {
            state.waking = Some(0);
        }
        state.wake_some(self.epoch());
        if is_time || state.waking.is_some() || state.news {
            // Again, behind the sockets that were woken. So is the alarm polled that was set anew.
            context.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

/// Where the runtime of the waking task ends before the sockets do, they are closed, rather than never told.
struct CloseOnDrop(Arc<Shard>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.close(frames::GOING_AWAY);
        let mut state = self.0.state();
        state.waking = Some(0);
        while state.waking.is_some() {
            state.wake_some(self.0.epoch());
        }
    }
}

impl State {
    fn end(&self) -> u64 {
        self.before + self.events.len() as u64
    }

    /// Wakes those who wait since before the last that epoch, some at a time. One that does not wait still has
    /// something to send, and looks when it has sent it.
    fn wake_some(&mut self, epoch: u64) {
        let Some(first) = self.waking else {
            return;
        };
        let end = self.sockets.capacity().min(first.saturating_add(WAKE_BATCH));
        for number in first..end {
            if let Some(socket) = self.sockets.get_mut(number)
                && socket.waiting_since.is_some_and(|since| since < epoch)
            {
                socket.waiting_since = None;
                self.waiting -= 1;
                socket.wake();
            }
        }
        self.waking = (end < self.sockets.capacity()).then_some(end);
        self.discard_sent();
    }

    /// Wakes those for whom it is time to ping, some at a time. Gives back when to look again.
    fn wake_for_pings(&mut self, interval: Duration) -> Instant {
        let now = Instant::now();
        for _ in 0..WAKE_BATCH {
            let Some((due, number)) = self.pings.first().copied().filter(|(due, _)| *due <= now) else {
                break;
            };
            self.pings.pop_first();
            if let Some(socket) = self.sockets.get_mut(number) {
                // From when it was due, so that those of many sockets stay apart, unless that was long ago.
                socket.due = (due + interval).max(now);
                socket.is_due = true;
                socket.wake();
                self.pings.insert((socket.due, number));
            }
        }
        self.pings.first().map_or(now + interval, |(due, _)| *due)
    }

    /// The socket of this place has all there is.
    fn wait(&mut self, number: usize, since: u64, waker: &Waker) {
        let Some(socket) = self.sockets.get_mut(number) else {
            return;
        };
        keep(&mut socket.waker, waker);
        self.waiting += usize::from(socket.waiting_since.replace(since).is_none());
        self.discard_sent();
    }

    /// All who wait have taken what there is, unless they are still to be woken.
    fn discard_sent(&mut self) {
        if self.news || self.waking.is_some() || self.waiting < self.sockets.len() {
            return;
        }
        self.before = self.end();
        self.events.clear();
        self.bytes = 0;
        if self.events.capacity() > RETAINED_CAPACITY {
            self.events = VecDeque::new();
        }
    }
}

impl Socket {
    fn wake(&self) {
        if let Some(waker) = &self.waker {
            waker.wake_by_ref();
        }
    }
}

impl Cursor {
    /// The number of the event that is sent next.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// How many events there were: the number of the next one.
    pub(super) fn end(&self) -> u64 {
        self.shard.state().end()
    }

    /// Whether it is time for a ping; says so once each time.
    pub(super) fn take_ping(&mut self) -> bool {
        std::mem::take(&mut self.ping_is_due)
    }

    /// What follows. The socket is woken when there is something, and when it is time for a ping.
    pub(super) fn poll(&mut self, context: &Context<'_>) -> Poll<Outgoing> {
        let is_known = |woken: &Waker| woken.will_wake(context.waker());
        if self.waiting_since == Some(self.shard.epoch()) && self.woken.as_ref().is_some_and(is_known) {
            return Poll::Pending;
        }
        self.waiting_since = None;
        let mut state = self.shard.state();
        if let Some(code) = state.close {
            return Poll::Ready(Outgoing::Close(code));
        }
        if let Some(socket) = state.sockets.get_mut(self.number) {
            self.ping_is_due |= std::mem::take(&mut socket.is_due);
        }
        let Some(behind) = self.next.checked_sub(state.before) else {
            // Before the frame is written: an event that comes then is one of its own.
            self.next = state.end();
            return Poll::Ready(Outgoing::Refresh);
        };
        let event = usize::try_from(behind)
            .ok()
            .and_then(|behind| state.events.get(behind).cloned());
        self.next += u64::from(event.is_some());
        // Already with the last one, so that to look again after it costs next to nothing.
        if self.next == state.end() {
            let since = self.shard.epoch();
            state.wait(self.number, since, context.waker());
            self.waiting_since = Some(since);
            keep(&mut self.woken, context.waker());
        }
        event.map_or(Poll::Pending, |event| Poll::Ready(Outgoing::Event(event)))
    }

    /// Whether this is a place in that shard.
    pub(super) fn is_in(&self, shard: &Arc<Shard>) -> bool {
        Arc::ptr_eq(&self.shard, shard)
    }

    /// The socket has gone. Says whether it was the last, with which the shard ends.
    pub(super) fn leave(&self) -> bool {
        let mut state = self.shard.state();
        let Some(gone) = state.sockets.try_remove(self.number) else {
            return false;
        };
        state.pings.remove(&(gone.due, self.number));
        state.waiting -= usize::from(gone.waiting_since.is_some());
        state.discard_sent();
        state.is_empty = state.sockets.is_empty();
        if state.is_empty {
            self.shard.schedule_wake(&mut state);
        }
        state.is_empty
    }
}

fn keep(known: &mut Option<Waker>, waker: &Waker) {
    match known {
        Some(known) => known.clone_from(waker),
        None => *known = Some(waker.clone()),
    }
}
