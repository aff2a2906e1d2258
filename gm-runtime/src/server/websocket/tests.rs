//! What real sockets show only by chance: the order of a push, a wake-up and a look.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::web::Bytes;
use futures_util::task::{ArcWake, noop_waker, waker};

use super::frames;
use super::shard::{Cursor, Outgoing, Shard, WAKE_BATCH};

const EVENT: Bytes = Bytes::from_static(b"event");

/// As a socket polls its cursor, with no task that could be woken.
fn poll(cursor: &mut Cursor) -> Poll<Outgoing> {
    cursor.poll(&Context::from_waker(&noop_waker()))
}

fn wake(waking: Pin<&mut impl Future<Output = ()>>) -> Poll<()> {
    waking.poll(&mut Context::from_waker(&noop_waker()))
}

fn shard(capacity: usize) -> Arc<Shard> {
    Arc::new(Shard::new(capacity, Duration::from_secs(600)))
}

/// Remembers that it was woken.
#[derive(Default)]
struct Woken(AtomicBool);

impl Woken {
    fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

impl ArcWake for Woken {
    fn wake_by_ref(arc_self: &Arc<Self>) {
        arc_self.0.store(true, Ordering::Relaxed);
    }
}

/// A socket that waits, and the task that it lets be woken.
struct Waiting {
    cursor: Cursor,
    task: Arc<Woken>,
}

impl Waiting {
    fn in_shard(shard: &Arc<Shard>) -> Self {
        let mut waiting = Self {
            cursor: shard.enter(),
            task: Arc::default(),
        };
        assert_eq!(waiting.poll(), Poll::Pending);
        waiting
    }

    fn several(shard: &Arc<Shard>, count: usize) -> Vec<Self> {
        (0..count).map(|_| Self::in_shard(shard)).collect()
    }

    fn poll(&mut self) -> Poll<Outgoing> {
        let waker = waker(Arc::clone(&self.task));
        self.cursor.poll(&Context::from_waker(&waker))
    }

    /// Takes the events that there are.
    fn take_all(&mut self) {
        while let Poll::Ready(news) = self.poll() {
            assert_eq!(news, Outgoing::Event(EVENT));
        }
    }

    /// Takes the one event that there is.
    fn take_one(&mut self) {
        assert_eq!(self.poll(), Poll::Ready(Outgoing::Event(EVENT)));
        assert_eq!(self.poll(), Poll::Pending);
    }
}

#[tokio::test]
async fn an_event_is_kept_for_a_socket_that_was_not_woken_yet() {
    let shard = shard(8);
    let mut waits = shard.enter();
    assert_eq!(poll(&mut waits), Poll::Pending);
    shard.push(EVENT);
    let mut new = shard.enter();
    assert_eq!(poll(&mut new), Poll::Pending);
    assert_eq!(poll(&mut waits), Poll::Ready(Outgoing::Event(EVENT)));
}

#[tokio::test]
async fn events_that_all_have_taken_are_let_go_of() {
    let shard = shard(8);
    let mut waking = pin!(Arc::clone(&shard).wake_sockets());
    let [mut first, mut second] = [shard.enter(), shard.enter()];
    shard.push(EVENT);
    assert_eq!(wake(waking.as_mut()), Poll::Pending);
    assert_eq!(poll(&mut first), Poll::Ready(Outgoing::Event(EVENT)));
    assert_eq!(poll(&mut first), Poll::Pending);
    assert!(!first.leave());
    assert_eq!(shard.event_count(), 1);
    assert_eq!(poll(&mut second), Poll::Ready(Outgoing::Event(EVENT)));
    assert_eq!(poll(&mut second), Poll::Pending);
    assert_eq!(shard.event_count(), 0);
    assert!(second.leave());
    assert_eq!(wake(waking), Poll::Ready(()));
}

#[tokio::test]
async fn more_than_the_bound_is_one_refresh() {
    let shard = shard(2);
    let mut slow = shard.enter();
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
async fn sockets_are_closed_where_nobody_will_wake_them() {
    // A runtime that ends may never have let it run.
    for has_run in [true, false] {
        let shard = shard(8);
        let mut waking = Box::pin(Arc::clone(&shard).wake_sockets());
        if has_run {
            assert_eq!(wake(waking.as_mut()), Poll::Pending);
        }
        let mut sockets = Waiting::several(&shard, WAKE_BATCH + 1);
        drop(waking);
        for socket in &mut sockets {
            assert!(socket.task.take());
            assert_eq!(socket.poll(), Poll::Ready(Outgoing::Close(frames::GOING_AWAY)));
        }
        assert!(!shard.is_open());
    }
}

/// Lets the waking task have one turn, and says whether it wants another.
fn turn(waking: Pin<&mut impl Future<Output = ()>>) -> bool {
    let task = Arc::new(Woken::default());
    let waker = waker(Arc::clone(&task));
    assert_eq!(waking.poll(&mut Context::from_waker(&waker)), Poll::Pending);
    task.take()
}

/// Else what the thread has to do besides would wait until all have been told.
#[tokio::test]
async fn sockets_are_woken_some_at_a_time() {
    let shard = shard(8);
    let mut waking = pin!(Arc::clone(&shard).wake_sockets());
    let mut sockets = Waiting::several(&shard, 2 * WAKE_BATCH + 1);
    shard.push(EVENT);
    let mut turns = 0;
    loop {
        let again = turn(waking.as_mut());
        turns += 1;
        let woken = sockets.iter_mut().filter(|socket| socket.task.take());
        let taken = woken.map(Waiting::take_all).count();
        assert!(taken <= WAKE_BATCH);
        if turns == 1 {
            // Those who were woken have taken all there was, and are woken anew.
            shard.push(EVENT);
        } else if !again {
            break;
        }
    }
    assert!(sockets.iter().all(|socket| socket.cursor.next() == 2));
    assert_eq!(shard.event_count(), 0);
}

#[tokio::test]
async fn long_events_that_wait_become_one_refresh() {
    let shard = shard(8);
    let mut place = shard.enter();
    let long = Bytes::from(vec![b'a'; 3 * 1024]);
    for _ in 0..2 {
        shard.push(long.clone());
    }
    assert_eq!(poll(&mut place), Poll::Ready(Outgoing::Event(long.clone())));
    for _ in 0..2 {
        shard.push(long.clone());
    }
    assert_eq!(shard.event_count(), 2);
    assert_eq!(poll(&mut place), Poll::Ready(Outgoing::Refresh));
    assert_eq!(poll(&mut place), Poll::Pending);
    shard.push(EVENT);
    assert_eq!(poll(&mut place), Poll::Ready(Outgoing::Event(EVENT)));
}

/// The peer's frames make it look, before it is woken for an event that it then takes.
#[tokio::test]
async fn a_socket_that_looked_before_its_turn_is_woken_for_the_next_event() {
    let shard = shard(8);
    let mut waking = pin!(Arc::clone(&shard).wake_sockets());
    let mut sockets = Waiting::several(&shard, WAKE_BATCH + 1);
    let last = sockets.last_mut().unwrap();
    shard.push(EVENT);
    assert!(turn(waking.as_mut()));
    last.take_one();
    assert!(!turn(waking.as_mut()));
    if last.task.take() {
        assert_eq!(last.poll(), Poll::Pending);
    }
    shard.push(EVENT);
    while turn(waking.as_mut()) {}
    assert!(last.task.take());
    last.take_one();
}

#[tokio::test]
async fn the_task_that_looked_last_is_woken() {
    let shard = shard(8);
    let mut waking = pin!(Arc::clone(&shard).wake_sockets());
    let mut socket = Waiting::in_shard(&shard);
    socket.task = Arc::default();
    assert_eq!(socket.poll(), Poll::Pending);
    shard.push(EVENT);
    assert!(!turn(waking.as_mut()));
    assert!(socket.task.take());
}

#[tokio::test]
async fn each_socket_is_told_when_to_ping_again_and_again() {
    let shard = Arc::new(Shard::new(8, Duration::from_millis(1)));
    let waking = tokio::spawn(Arc::clone(&shard).wake_sockets());
    let mut sockets = [shard.enter(), shard.enter()];
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
    waking.await.unwrap();
}
