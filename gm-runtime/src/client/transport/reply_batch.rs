//! Answers on their way to those who wait for them.

use std::cell::RefCell;

use futures_channel::oneshot;

use super::HttpResponse;
use crate::error::TransportError;

pub(super) type Answer = Result<HttpResponse, TransportError>;

/// Answers, and who waits for each.
type Answers = Vec<(oneshot::Sender<Answer>, Answer)>;

thread_local! {
    /// What the client's own thread has received and not yet given, in the order in which it came. Absent elsewhere.
    static ANSWERS: RefCell<Option<Answers>> = const { RefCell::new(None) };
}

/// Lets this thread gather its answers. It is to run one runtime alone: what is left to one that rests is not done.
pub(super) fn enable() {
    ANSWERS.set(Some(Vec::new()));
}

/// Gives the answer. Where they are gathered, it is given together with those that this thread finds in the same turn: a
/// thread that waits is woken once for all of them, and not beside this one while it reads the next. Must be called in a
/// `LocalSet`.
pub(super) fn deliver(caller: oneshot::Sender<Answer>, answer: Answer) {
    let is_first = ANSWERS.with_borrow_mut(|gathered| match gathered {
        Some(answers) => {
            answers.push((caller, answer));
            answers.len() == 1
        }
        None => {
            // The caller may have left.
            let _ = caller.send(answer);
            false
        }
    });
    if is_first {
        let delivery = Delivery;
        // Behind the tasks that are ready by now.
        actix_rt::spawn(async move { drop(delivery) });
    }
}

/// Gives all of them when it is dropped, and so also where the thread ends before the task has run.
struct Delivery;

impl Drop for Delivery {
    fn drop(&mut self) {
        let gathered = ANSWERS.try_with(|gathered| gathered.borrow_mut().as_mut().map(std::mem::take));
        // Fails where the thread ends, and drops what it held: who waits is told.
        for (caller, answer) in gathered.ok().flatten().unwrap_or_default() {
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
    use tokio::runtime::Runtime;
    use tokio::task::LocalSet;

    use super::{Answer, HttpResponse, deliver, enable};

    fn runtime() -> (Runtime, LocalSet) {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        (runtime.expect("a runtime"), LocalSet::new())
    }

    fn reply() -> Answer {
        Ok(HttpResponse::new(200, [], ""))
    }

    #[test]
    fn a_thread_that_ends_leaves_no_answer_behind() {
        enable();
        for _ in 0..2 {
            let (runtime, tasks) = runtime();
            let (caller, mut answer) = oneshot::channel();
            // Ends before a task of it runs.
            runtime.block_on(tasks.run_until(async { deliver(caller, reply()) }));
            assert!(answer.try_recv().expect("waits").is_none());
            drop(tasks);
            assert!(answer.try_recv().expect("is told").is_some());
        }
    }

    #[test]
    fn answers_of_one_turn_are_given_together() {
        enable();
        let (runtime, tasks) = runtime();
        let (callers, mut answers): (Vec<_>, Vec<_>) = (0..3).map(|_| oneshot::channel()).unzip();
        runtime.block_on(tasks.run_until(async {
            for caller in callers {
                deliver(caller, reply());
            }
            assert!(
                answers
                    .iter_mut()
                    .all(|answer| answer.try_recv().expect("waits").is_none())
            );
            tokio::task::yield_now().await;
            assert!(
                answers
                    .iter_mut()
                    .all(|answer| answer.try_recv().expect("is told").is_some())
            );
        }));
    }

    /// A thread of the application's may have several runtimes, of which one runs at a time.
    #[test]
    fn an_answer_on_another_thread_waits_for_nothing() {
        let (caller, mut answer) = oneshot::channel();
        deliver(caller, reply());
        assert!(answer.try_recv().expect("is told").is_some());
    }
}
