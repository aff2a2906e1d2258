//! The order of pushes, wake-ups and polls, which real sockets show only by chance.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use actix_web::web::Bytes;
use futures_util::task::{ArcWake, noop_waker, waker};
use tokio::time::Instant;

use super::cursor::{Cursor, Outgoing};
use super::shard::Shard;
use super::shard_state::WAKE_BATCH;
use super::wake_task::wake_sockets;
use crate::access::Principal;
use crate::protocol::close_code;

const EVENT: Bytes = Bytes::from_static(b"event");

/// Polls a cursor as a socket does, without a task to wake.
fn poll(cursor: &mut Cursor) -> Poll<Outgoing> {
    cursor.poll(&Context::from_waker(&noop_waker()))
}

fn anonymous(shard: &Arc<Shard>) -> Cursor {
    Cursor::new(shard, &Principal::anonymous(), None)
}

fn poll_wake_task(task: Pin<&mut impl Future<Output = ()>>) -> Poll<()> {
    task.poll(&mut Context::from_waker(&noop_waker()))
}

fn shard(capacity: usize) -> Arc<Shard> {
    Arc::new(Shard::new(capacity, Duration::from_secs(600)))
}

/// A task that records whether it was woken.
#[derive(Default)]
struct Task(AtomicBool);

impl Task {
    fn take_woken(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

impl ArcWake for Task {
    fn wake_by_ref(arc_self: &Arc<Self>) {
        arc_self.0.store(true, Ordering::Relaxed);
    }
}

/// A waiting socket, and its task.
struct WaitingSocket {
    cursor: Cursor,
    task: Arc<Task>,
}

impl WaitingSocket {
    fn new(shard: &Arc<Shard>) -> Self {
        let mut waiting = Self {
            cursor: anonymous(shard),
            task: Arc::default(),
        };
        assert_eq!(waiting.poll(), Poll::Pending);
        waiting
    }

    fn several(shard: &Arc<Shard>, count: usize) -> Vec<Self> {
        (0..count).map(|_| Self::new(shard)).collect()
    }

    fn poll(&mut self) -> Poll<Outgoing> {
        let waker = waker(Arc::clone(&self.task));
        self.cursor.poll(&Context::from_waker(&waker))
    }

    /// Takes all events of the log.
    fn take_all(&mut self) {
        while let Poll::Ready(outgoing) = self.poll() {
            assert_eq!(outgoing, Outgoing::Event(EVENT));
        }
    }

    /// Takes the only event of the log.
    fn take_one(&mut self) {
        assert_eq!(self.poll(), Poll::Ready(Outgoing::Event(EVENT)));
        assert_eq!(self.poll(), Poll::Pending);
    }
}

#[tokio::test]
async fn an_event_stays_in_the_log_until_a_waiting_socket_was_woken() {
    let shard = shard(8);
    let mut waits = anonymous(&shard);
    assert_eq!(poll(&mut waits), Poll::Pending);
    shard.push(EVENT);
    let mut new = anonymous(&shard);
    assert_eq!(poll(&mut new), Poll::Pending);
    assert_eq!(poll(&mut waits), Poll::Ready(Outgoing::Event(EVENT)));
}

#[tokio::test]
async fn events_are_discarded_once_every_socket_has_sent_them() {
    let shard = shard(8);
    let mut task = pin!(wake_sockets(Arc::clone(&shard)));
    let [mut first, mut second] = [anonymous(&shard), anonymous(&shard)];
    shard.push(EVENT);
    assert_eq!(poll_wake_task(task.as_mut()), Poll::Pending);
    assert_eq!(poll(&mut first), Poll::Ready(Outgoing::Event(EVENT)));
    assert_eq!(poll(&mut first), Poll::Pending);
    assert!(!first.leave().1);
    assert_eq!(shard.event_count(), 1);
    assert_eq!(poll(&mut second), Poll::Ready(Outgoing::Event(EVENT)));
    assert_eq!(poll(&mut second), Poll::Pending);
    assert_eq!(shard.event_count(), 0);
    assert!(second.leave().1);
    assert_eq!(poll_wake_task(task), Poll::Ready(()));
}

#[tokio::test]
async fn more_events_than_the_capacity_become_one_refresh() {
    let shard = shard(2);
    let mut slow = anonymous(&shard);
    for _ in 0..3 {
        shard.push(EVENT);
    }
    assert_eq!(shard.event_count(), 2);
    assert_eq!(poll(&mut slow), Poll::Ready(Outgoing::Refresh));
    assert_eq!(poll(&mut slow), Poll::Pending);
    shard.push(EVENT);
    assert_eq!(poll(&mut slow), Poll::Ready(Outgoing::Event(EVENT)));
}

#[tokio::test]
async fn sockets_are_closed_when_the_wake_task_is_dropped() {
    // A runtime that ends may drop the task before its first poll.
    for has_run in [true, false] {
        let shard = shard(8);
        let mut task = Box::pin(wake_sockets(Arc::clone(&shard)));
        if has_run {
            assert_eq!(poll_wake_task(task.as_mut()), Poll::Pending);
        }
        let mut sockets = WaitingSocket::several(&shard, WAKE_BATCH + 1);
        drop(task);
        for socket in &mut sockets {
            assert!(socket.task.take_woken());
            assert_eq!(
                socket.poll(),
                Poll::Ready(Outgoing::Close(close_code::GOING_AWAY))
            );
        }
        assert!(!shard.is_open());
    }
}

/// Polls the wake task once. Returns whether it requests another poll.
fn poll_once(task: Pin<&mut impl Future<Output = ()>>) -> bool {
    let woken = Arc::new(Task::default());
    let waker = waker(Arc::clone(&woken));
    assert_eq!(task.poll(&mut Context::from_waker(&waker)), Poll::Pending);
    woken.take_woken()
}

/// Otherwise the thread's other tasks would wait for all sockets.
#[tokio::test]
async fn sockets_are_woken_in_batches() {
    let shard = shard(8);
    let mut task = pin!(wake_sockets(Arc::clone(&shard)));
    let mut sockets = WaitingSocket::several(&shard, 2 * WAKE_BATCH + 1);
    shard.push(EVENT);
    let mut turns = 0;
    loop {
        let again = poll_once(task.as_mut());
        turns += 1;
        let woken = sockets.iter_mut().filter(|socket| socket.task.take_woken());
        let taken = woken.map(WaitingSocket::take_all).count();
        assert!(taken <= WAKE_BATCH);
        if turns == 1 {
            // The woken sockets have taken all events, so they are woken again.
            shard.push(EVENT);
        } else if !again {
            break;
        }
    }
    assert!(sockets.iter().all(|socket| socket.cursor.next() == 2));
    assert_eq!(shard.event_count(), 0);
}

#[tokio::test]
async fn waiting_events_over_the_byte_limit_become_one_refresh() {
    let shard = shard(8);
    let mut cursor = anonymous(&shard);
    let long = Bytes::from(vec![b'a'; 3 * 1024]);
    for _ in 0..2 {
        shard.push(long.clone());
    }
    assert_eq!(poll(&mut cursor), Poll::Ready(Outgoing::Event(long.clone())));
    for _ in 0..2 {
        shard.push(long.clone());
    }
    assert_eq!(shard.event_count(), 2);
    assert_eq!(poll(&mut cursor), Poll::Ready(Outgoing::Refresh));
    assert_eq!(poll(&mut cursor), Poll::Pending);
    shard.push(EVENT);
    assert_eq!(poll(&mut cursor), Poll::Ready(Outgoing::Event(EVENT)));
}

/// The peer's frames wake the socket early, and it takes the event then.
#[tokio::test]
async fn a_socket_that_polls_before_it_is_woken_is_woken_for_the_next_event() {
    let shard = shard(8);
    let mut task = pin!(wake_sockets(Arc::clone(&shard)));
    let mut sockets = WaitingSocket::several(&shard, WAKE_BATCH + 1);
    let last = sockets.last_mut().unwrap();
    shard.push(EVENT);
    assert!(poll_once(task.as_mut()));
    last.take_one();
    assert!(!poll_once(task.as_mut()));
    if last.task.take_woken() {
        assert_eq!(last.poll(), Poll::Pending);
    }
    shard.push(EVENT);
    while poll_once(task.as_mut()) {}
    assert!(last.task.take_woken());
    last.take_one();
}

#[tokio::test]
async fn the_task_that_polled_last_is_woken() {
    let shard = shard(8);
    let mut task = pin!(wake_sockets(Arc::clone(&shard)));
    let mut socket = WaitingSocket::new(&shard);
    socket.task = Arc::default();
    assert_eq!(socket.poll(), Poll::Pending);
    shard.push(EVENT);
    assert!(!poll_once(task.as_mut()));
    assert!(socket.task.take_woken());
}

#[tokio::test]
async fn each_socket_is_woken_for_every_ping() {
    let shard = Arc::new(Shard::new(8, Duration::from_millis(1)));
    let task = tokio::spawn(wake_sockets(Arc::clone(&shard)));
    let mut sockets = [anonymous(&shard), anonymous(&shard)];
    for _ in 0..3 {
        for socket in &mut sockets {
            poll_fn(|context| {
                assert_eq!(socket.poll(context), Poll::Pending);
                if socket.take_ping() {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            })
            .await;
        }
    }
    for socket in sockets {
        socket.leave();
    }
    task.await.unwrap();
}

/// The instants of a machine that was suspended are behind its clock.
#[tokio::test]
async fn a_credential_that_ended_while_the_machine_slept_ends_with_the_next_ping() {
    const HOUR: Duration = Duration::from_secs(3600);
    let shard = shard(10);
    let now = SystemTime::now();
    let ada = Principal::named("ada").until(now + HOUR);
    let mut ended = Cursor::new(&shard, &ada, Some(Instant::now()));
    let grace = Principal::named("grace").until(now + 3 * HOUR);
    let mut other = Cursor::new(&shard, &grace, Some(Instant::now()));
    shard.state().wake_due(HOUR, now + 2 * HOUR);
    shard.advance_epoch();
    assert_eq!(
        poll(&mut ended),
        Poll::Ready(Outgoing::Close(close_code::CREDENTIAL_ENDED))
    );
    assert_eq!(poll(&mut other), Poll::Pending);
}
