//! Answers on their way to those who wait for them.

use std::cell::RefCell;

use futures_channel::oneshot;
use tokio::runtime::{Handle, Id};

use super::HttpResponse;
use crate::client::TransportError;

pub(super) type Answer = Result<HttpResponse, TransportError>;

/// Answers, and who waits for each.
type Answers = Vec<(oneshot::Sender<Answer>, Answer)>;

thread_local! {
    /// What each of this thread's runtimes has received and not yet given, in the order in which it came: one that rests
    /// gives nothing.
    static ANSWERS: RefCell<Vec<(Id, Answers)>> = const { RefCell::new(Vec::new()) };
}

/// Gives the answer, together with those that this runtime finds in the same turn: a thread that waits is woken once for
/// all of them, and not beside this one while it reads the next. Must be called in a `LocalSet`.
pub(super) fn give(caller: oneshot::Sender<Answer>, answer: Answer) {
    let runtime = Handle::current().id();
    let is_first = ANSWERS.with_borrow_mut(|all| match all.iter_mut().find(|(of, _)| *of == runtime) {
        Some((_, answers)) => {
            answers.push((caller, answer));
            false
        }
        None => {
            all.push((runtime, vec![(caller, answer)]));
            true
        }
    });
    if is_first {
        let delivery = Delivery(runtime);
        // Behind the tasks that are ready by now.
        actix_rt::spawn(async move { drop(delivery) });
    }
}

/// Gives all of this runtime's when it is dropped, and so also where the system stops before the task has run.
struct Delivery(Id);

impl Drop for Delivery {
    fn drop(&mut self) {
        let taken = ANSWERS.try_with(|all| {
            let mut all = all.borrow_mut();
            let place = all.iter().position(|(of, _)| *of == self.0);
            place.map(|place| all.swap_remove(place).1)
        });
        // Fails where the thread ends, and drops what it held: who waits is told.
        for (caller, answer) in taken.ok().flatten().unwrap_or_default() {
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

    /// A thread's runtimes rest while another one runs: what is left to one that rests is not done.
    #[test]
    fn answers_do_not_wait_for_a_runtime_that_rests() {
        let runtime = || {
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            (runtime.expect("a runtime"), LocalSet::new())
        };
        let reply = || Ok(HttpResponse::new(200, [], ""));
        let ((resting, its_tasks), (running, tasks)) = (runtime(), runtime());
        let (caller, mut left) = oneshot::channel();
        // Rests before a task of it runs.
        resting.block_on(its_tasks.run_until(async { give(caller, reply()) }));
        for _ in 0..2 {
            let (caller, mut answer) = oneshot::channel();
            running.block_on(tasks.run_until(async {
                give(caller, reply());
                for _ in 0..8 {
                    tokio::task::yield_now().await;
                }
            }));
            assert!(answer.try_recv().expect("is told").is_some());
        }
        assert!(left.try_recv().expect("waits").is_none());
        resting.block_on(its_tasks.run_until(tokio::task::yield_now()));
        assert!(left.try_recv().expect("is told").is_some());
    }
}
