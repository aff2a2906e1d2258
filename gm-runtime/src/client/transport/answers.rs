//! Answers on their way to those who wait for them.

use std::cell::RefCell;

use futures_channel::oneshot;

use super::HttpResponse;
use crate::client::TransportError;

pub(super) type Answer = Result<HttpResponse, TransportError>;

thread_local! {
    /// What this thread has received and not yet given, in the order in which it came.
    static ANSWERS: RefCell<Vec<(oneshot::Sender<Answer>, Answer)>> = const { RefCell::new(Vec::new()) };
}

/// Gives the answer, together with those that this thread finds in the same turn: a thread that waits is woken once for
/// all of them, and not beside this one while it reads the next. Must be called in a `LocalSet`.
pub(super) fn give(caller: oneshot::Sender<Answer>, answer: Answer) {
    let is_first = ANSWERS.with_borrow_mut(|answers| {
        answers.push((caller, answer));
        answers.len() == 1
    });
    if is_first {
        let delivery = Delivery;
        // Behind the tasks that are ready by now.
        actix_rt::spawn(async move { drop(delivery) });
    }
}

/// Gives all of them when it is dropped, and so also where the system stops before the task has run.
struct Delivery;

impl Drop for Delivery {
    fn drop(&mut self) {
        // Fails where the thread ends, and drops what it held: who waits is told.
        let answers = ANSWERS.try_with(RefCell::take).unwrap_or_default();
        for (caller, answer) in answers {
            // The caller may have left.
            let _ = caller.send(answer);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::expect_used,
        reason = "a test that meets what it did not expect should stop"
    )]

    use futures_channel::oneshot;
    use tokio::task::LocalSet;

    use super::{HttpResponse, give};

    #[test]
    fn a_system_that_stops_leaves_no_answer_behind() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        for _ in 0..2 {
            let (caller, mut answer) = oneshot::channel();
            let tasks = LocalSet::new();
            // Ends before a task of it runs.
            runtime.block_on(tasks.run_until(async { give(caller, Ok(HttpResponse::new(200, [], ""))) }));
            assert!(answer.try_recv().expect("waits").is_none());
            drop(tasks);
            let answer = answer.try_recv().expect("is told").expect("an answer");
            assert_eq!(answer.expect("a reply").status(), 200);
        }
    }
}
