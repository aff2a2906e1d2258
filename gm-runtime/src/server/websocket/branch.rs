//! The subscribers of one resource that live on one thread.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use actix_web::web::Bytes;
use slab::Slab;

use super::frames;

/// Capacity that an empty log may keep.
const KEPT_CAPACITY: usize = 16;

/// The events that the sockets of one thread have yet to send, once for all of them, and the sockets that wait.
///
/// Whoever commits adds an event and wakes one task, which then wakes the sockets from their own thread: a wake-up from
/// another thread takes the lock of that thread's queue, and moves the task's memory between the cores, for each socket.
#[derive(Debug)]
pub(super) struct Branch {
    /// How many events wait for a socket at most.
    capacity: usize,
    // Locked before `waiting` where both are.
    log: Mutex<Log>,
    waiting: Mutex<Waiting>,
}

/// Filled by the threads that commit, read by the sockets.
#[derive(Debug, Default)]
struct Log {
    events: VecDeque<Bytes>,
    /// How many events there were before those.
    before: u64,
    /// There is what the sockets were not woken for.
    news: bool,
    close: Option<u16>,
    /// No socket is here any more.
    deserted: bool,
    waker: Option<Waker>,
}

#[derive(Debug, Default)]
struct Waiting {
    sockets: Slab<Option<Wait>>,
    /// How many of them wait.
    count: usize,
}

/// How a socket is woken.
#[derive(Debug)]
struct Wait {
    waker: Waker,
    waits: bool,
}

/// What a socket is to be told next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    Event(Bytes),
    /// More than the bound has waited.
    Refresh,
    Close(u16),
}

impl Branch {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            log: Mutex::default(),
            waiting: Mutex::default(),
        }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an event.
    pub(super) fn push(&self, event: Bytes) {
        let mut log = self.log();
        log.events.push_back(event);
        if log.events.len() > self.capacity {
            log.events.pop_front();
            log.before += 1;
        }
        log.tell();
    }

    /// Ends the sockets with this code, before anything that still waits. The first reason counts.
    pub(super) fn close(&self, code: u16) {
        let mut log = self.log();
        log.close.get_or_insert(code);
        log.tell();
    }

    /// Whether sockets that enter are told anything.
    pub(super) fn is_open(&self) -> bool {
        self.log().close.is_none()
    }

    /// A new socket: its place, and the number of the first event that it is told.
    pub(super) fn enter(&self) -> (usize, u64) {
        let log = self.log();
        (self.waiting().sockets.insert(None), log.told())
    }

    /// A socket has gone. Says whether it was the last, with which the branch ends.
    pub(super) fn leave(&self, place: usize) -> bool {
        let mut log = self.log();
        let mut waiting = self.waiting();
        let gone = waiting.sockets.try_remove(place).flatten();
        if gone.as_ref().is_some_and(|wait| wait.waits) {
            waiting.count -= 1;
        }
        let last = waiting.sockets.is_empty();
        drop(waiting);
        if last {
            log.deserted = true;
            log.tell();
        }
        last
    }

    /// How many events there were: the number of the next one.
    pub(super) fn told(&self) -> u64 {
        self.log().told()
    }

    /// How many events are held.
    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.log().events.len()
    }

    /// What follows for the socket of this place, whose next event is that of this number. It is woken when there is
    /// something.
    pub(super) fn poll(&self, place: usize, next: &mut u64, context: &Context<'_>) -> Poll<News> {
        let mut log = self.log();
        if let Some(code) = log.close {
            return Poll::Ready(News::Close(code));
        }
        let Some(behind) = next.checked_sub(log.before) else {
            // Before the frame is written: an event that comes then is one of its own.
            *next = log.told();
            return Poll::Ready(News::Refresh);
        };
        let event = usize::try_from(behind)
            .ok()
            .and_then(|behind| log.events.get(behind));
        if let Some(event) = event {
            *next += 1;
            return Poll::Ready(News::Event(event.clone()));
        }
        let mut waiting = self.waiting();
        waiting.wait(place, context.waker());
        // All who wait have taken what there is, unless they are still to be woken.
        if !log.news && waiting.count == waiting.sockets.len() {
            log.before = log.told();
            log.events.clear();
            if log.events.capacity() > KEPT_CAPACITY {
                log.events = VecDeque::new();
            }
        }
        Poll::Pending
    }

    /// Wakes the sockets whenever there is something for them, until the last has gone.
    pub(super) async fn wake_sockets(self: Arc<Self>) {
        let _abandoned = Abandoned(&self);
        poll_fn(|context| self.poll_wake(context)).await;
    }

    fn poll_wake(&self, context: &Context<'_>) -> Poll<()> {
        let mut log = self.log();
        if log.deserted {
            return Poll::Ready(());
        }
        log.waker = Some(context.waker().clone());
        if std::mem::take(&mut log.news) {
            // Both locks, so that nobody takes those who were not woken yet for having all.
            let mut waiting = self.waiting();
            drop(log);
            waiting.wake_all();
        }
        Poll::Pending
    }
}

/// Where the runtime of the waking task ends before the sockets do, they are closed, rather than never told.
struct Abandoned<'a>(&'a Branch);

impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        self.0.close(frames::GOING_AWAY);
        self.0.waiting().wake_all();
    }
}

impl Log {
    fn told(&self) -> u64 {
        self.before + self.events.len() as u64
    }

    fn tell(&mut self) {
        self.news = true;
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Waiting {
    fn wait(&mut self, place: usize, waker: &Waker) {
        let Some(wait) = self.sockets.get_mut(place) else {
            return;
        };
        let before = wait.as_ref().is_some_and(|wait| wait.waits);
        match wait {
            Some(wait) => {
                wait.waker.clone_from(waker);
                wait.waits = true;
            }
            None => {
                *wait = Some(Wait {
                    waker: waker.clone(),
                    waits: true,
                });
            }
        }
        self.count += usize::from(!before);
    }

    /// One that does not wait still has something to send, and looks when it has sent it.
    fn wake_all(&mut self) {
        self.count = 0;
        for (_, wait) in &mut self.sockets {
            if let Some(wait) = wait
                && std::mem::take(&mut wait.waits)
            {
                wait.waker.wake_by_ref();
            }
        }
    }
}
