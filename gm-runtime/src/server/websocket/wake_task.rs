//! The task that wakes the sockets of a shard, on their own thread.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

use tokio::time::{Instant, Sleep, sleep_until};

use super::shard::Shard;
use crate::protocol::close_code;

/// Wakes the sockets of a shard for events, pings and the end of their credentials, until the last socket has left.
pub(super) fn wake_sockets(shard: Arc<Shard>) -> impl Future<Output = ()> {
    // Made before the first poll, since a runtime that ends may drop the task without polling it.
    let guard = CloseOnDrop(shard);
    async move {
        let CloseOnDrop(shard) = &guard;
        let mut timer = pin!(sleep_until(Instant::now() + shard.ping_interval()));
        poll_fn(|context| poll_wake(shard, timer.as_mut(), context)).await;
    }
}

fn poll_wake(shard: &Shard, mut timer: Pin<&mut Sleep>, context: &mut Context<'_>) -> Poll<()> {
    let mut state = shard.state();
    if state.is_abandoned {
        return Poll::Ready(());
    }
    state.task = Some(context.waker().clone());
    let is_late = state.take_late_timer();
    let is_due = timer.as_mut().poll(context).is_ready();
    if is_due || is_late {
        shard.advance_epoch();
        timer
            .as_mut()
            .reset(state.wake_due(shard.ping_interval(), SystemTime::now()));
    }
    state.begin_requested_round();
    state.wake_batch(shard.epoch());
    if is_due || is_late || state.has_more_to_wake() {
        // The next poll comes after the woken sockets. It also polls the timer, which was reset.
        context.waker().wake_by_ref();
    }
    Poll::Pending
}

/// Closes the sockets if the runtime of the wake task ends before they do. They would receive no event any more.
struct CloseOnDrop(Arc<Shard>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        let Self(shard) = self;
        shard.close(close_code::GOING_AWAY);
        let mut state = shard.state();
        state.restart_round();
        while state.is_waking() {
            state.wake_batch(shard.epoch());
        }
    }
}
