//! What real sockets show only by chance: the order of a push, a wake-up and a look.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use actix_web::web::Bytes;
use futures_util::task::{ArcWake, noop_waker, waker};

use super::branch::{Branch, News};
use super::frames;

const EVENT: Bytes = Bytes::from_static(b"event");

struct Socket {
    branch: Arc<Branch>,
    place: usize,
    next: u64,
}

impl Socket {
    fn enter(branch: &Arc<Branch>) -> Self {
        let (place, next) = branch.enter();
        Self {
            branch: Arc::clone(branch),
            place,
            next,
        }
    }

    fn poll(&mut self) -> Poll<News> {
        let waker = noop_waker();
        self.branch
            .poll(self.place, &mut self.next, &Context::from_waker(&waker))
    }
}

fn wake(waking: Pin<&mut impl Future<Output = ()>>) -> Poll<()> {
    waking.poll(&mut Context::from_waker(&noop_waker()))
}

#[test]
fn an_event_is_kept_for_a_socket_that_was_not_woken_yet() {
    let branch = Arc::new(Branch::new(8));
    let mut waits = Socket::enter(&branch);
    assert_eq!(waits.poll(), Poll::Pending);
    branch.push(EVENT);
    let mut new = Socket::enter(&branch);
    assert_eq!(new.poll(), Poll::Pending);
    assert_eq!(waits.poll(), Poll::Ready(News::Event(EVENT)));
}

#[test]
fn events_that_all_have_taken_are_let_go_of() {
    let branch = Arc::new(Branch::new(8));
    let mut waking = pin!(Arc::clone(&branch).wake_sockets());
    let [mut first, mut second] = [Socket::enter(&branch), Socket::enter(&branch)];
    branch.push(EVENT);
    assert_eq!(wake(waking.as_mut()), Poll::Pending);
    assert_eq!(first.poll(), Poll::Ready(News::Event(EVENT)));
    assert_eq!(first.poll(), Poll::Pending);
    assert!(!branch.leave(first.place));
    assert_eq!(branch.kept(), 1);
    assert_eq!(second.poll(), Poll::Ready(News::Event(EVENT)));
    assert_eq!(second.poll(), Poll::Pending);
    assert_eq!(branch.kept(), 0);
    assert!(branch.leave(second.place));
    assert_eq!(wake(waking), Poll::Ready(()));
}

#[test]
fn more_than_the_bound_is_one_refresh() {
    let branch = Arc::new(Branch::new(2));
    let mut slow = Socket::enter(&branch);
    for _ in 0..3 {
        branch.push(EVENT);
    }
    assert_eq!(branch.kept(), 2);
    assert_eq!(slow.poll(), Poll::Ready(News::Refresh));
    assert_eq!(slow.poll(), Poll::Pending);
    branch.push(EVENT);
    assert_eq!(slow.poll(), Poll::Ready(News::Event(EVENT)));
}

/// Remembers that it was woken.
struct Woken(AtomicBool);

impl ArcWake for Woken {
    fn wake_by_ref(arc_self: &Arc<Self>) {
        arc_self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn sockets_are_closed_where_nobody_will_wake_them() {
    let branch = Arc::new(Branch::new(8));
    let mut waking = Box::pin(Arc::clone(&branch).wake_sockets());
    assert_eq!(wake(waking.as_mut()), Poll::Pending);
    let mut socket = Socket::enter(&branch);
    let woken = Arc::new(Woken(false.into()));
    let waker = waker(Arc::clone(&woken));
    let polled = branch.poll(socket.place, &mut socket.next, &Context::from_waker(&waker));
    assert_eq!(polled, Poll::Pending);
    drop(waking);
    assert!(woken.0.load(Ordering::Relaxed));
    assert_eq!(socket.poll(), Poll::Ready(News::Close(frames::GOING_AWAY)));
    assert!(!branch.is_open());
}
