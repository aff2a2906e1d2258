//! Where the client's tasks run: awc's futures can't leave their thread.

use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::sync::{Mutex, PoisonError};

use actix_rt::{Arbiter, ArbiterHandle, Runtime};
use tokio::sync::mpsc;

use super::clients;

type Task = Box<dyn FnOnce() + Send>;

/// Runs tasks that stay on one thread: on the caller's, where actix runs it, else on a thread of its own, which is
/// started when it is first needed and ends with the last handle.
///
/// The thread is never joined: the last handle may be dropped by the thread itself.
pub(crate) struct Spawner {
    name: &'static str,
    thread: Mutex<Option<mpsc::UnboundedSender<Task>>>,
}

/// Keeps the thread of a task running for as long as someone waits for the task.
#[must_use]
pub(super) struct Running {
    _thread: Option<mpsc::UnboundedSender<Task>>,
}

impl Spawner {
    /// Names the thread.
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            thread: Mutex::new(None),
        }
    }

    /// Starts a task on the thread of its own, which ends with this and takes the task along.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(crate) fn spawn_apart<F>(&self, make: impl FnOnce() -> F + Send + 'static) -> io::Result<()>
    where
        F: Future<Output = ()> + 'static,
    {
        let task = Box::new(move || {
            actix_rt::spawn(make());
        });
        self.spawn_on_thread(task).map(drop)
    }

    /// Starts a task. `make` runs on the thread that the future will stay on; both are dropped where that thread
    /// ends before the task.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(super) fn spawn<F>(&self, make: impl FnOnce() -> F + Send + 'static) -> io::Result<Running>
    where
        F: Future<Output = ()> + 'static,
    {
        let start = move || {
            actix_rt::spawn(make());
        };
        if let Some(arbiter) = Arbiter::try_current().filter(actix_rt::ArbiterHandle::alive) {
            spawn_here(&arbiter, Box::new(start));
            return Ok(Running { _thread: None });
        }
        self.spawn_on_thread(Box::new(start)).map(|thread| Running {
            _thread: Some(thread),
        })
    }

    fn spawn_on_thread(&self, mut task: Task) -> io::Result<mpsc::UnboundedSender<Task>> {
        let known = || self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        // Sent without the lock: who sends wakes the thread, which takes longer than all else here.
        let running = known().clone();
        if let Some(running) = running {
            match running.send(task) {
                Ok(()) => return Ok(running),
                // The thread has died: a new one takes its place.
                Err(mpsc::error::SendError(unsent)) => task = unsent,
            }
        }
        let mut thread = known();
        if let Some(running) = thread.as_ref() {
            match running.send(task) {
                Ok(()) => return Ok(running.clone()),
                Err(mpsc::error::SendError(unsent)) => task = unsent,
            }
        }
        let (sender, tasks) = mpsc::unbounded_channel();
        // Sent before the thread starts: what it can't run it drops, and whoever waits is told.
        let _ = sender.send(task);
        std::thread::Builder::new()
            .name(self.name.to_owned())
            .spawn(move || run(tasks))?;
        *thread = Some(sender.clone());
        Ok(sender)
    }
}

thread_local! {
    /// Where the tasks of a thread that actix runs are taken from, and by the arbiter of which system: a thread may have
    /// several, of which one runs at a time.
    static HERE: RefCell<Option<(Option<usize>, mpsc::UnboundedSender<Task>)>> = const { RefCell::new(None) };
}

/// Starts a task on this thread, which the arbiter runs.
fn spawn_here(arbiter: &ArbiterHandle, mut task: Task) {
    let system = clients::system();
    if let Some((_, here)) = HERE.with_borrow(Clone::clone).filter(|(of, _)| *of == system) {
        match here.send(task) {
            Ok(()) => return,
            // Its arbiter has ended, and another one runs the thread.
            Err(mpsc::error::SendError(unsent)) => task = unsent,
        }
    }
    let (sender, tasks) = mpsc::unbounded_channel();
    let _ = sender.send(task);
    HERE.set(Some((system, sender)));
    // `spawn`, since `spawn_local` panics inside `tokio::spawn`, where there is no `LocalSet`. Once a thread, since the
    // arbiter makes a task of what it is sent, in which the task proper would be spawned.
    arbiter.spawn(start_all(tasks));
}

async fn start_all(mut tasks: mpsc::UnboundedReceiver<Task>) {
    while let Some(task) = tasks.recv().await {
        task();
    }
}

fn run(tasks: mpsc::UnboundedReceiver<Task>) {
    match Runtime::new() {
        Ok(runtime) => runtime.block_on(async move {
            start_all(tasks).await;
            clients::forget_all();
        }),
        Err(error) => tracing::error!(%error, "the client's thread has no runtime"),
    }
}
