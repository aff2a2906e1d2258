//! Spawns the client's tasks. awc's futures are not `Send`, so each task stays on one thread.

use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::sync::{Mutex, PoisonError};

use actix_rt::{Arbiter, Runtime, System};
use tokio::runtime::{Handle, Id};
use tokio::sync::mpsc;

use super::{pool, reply_batch};

type Task = Box<dyn FnOnce() + Send>;

/// Spawns tasks: on the caller's thread if it is an actix thread and was used before, else on a thread of the spawner.
///
/// The spawner's thread starts with its first task and ends with the last handle. Nothing joins it, since the thread itself may drop
/// the last handle.
pub(crate) struct Spawner {
    name: &'static str,
    thread: Mutex<Option<Thread>>,
}

/// The spawner's thread.
#[derive(Clone)]
struct Thread {
    tasks: mpsc::UnboundedSender<Task>,
    process: u32,
}

impl Thread {
    /// Sends a task to the thread. Returns the task if the thread has ended.
    ///
    /// # Errors
    /// In a fork of the process, which has no such thread.
    fn send(&self, task: Task) -> io::Result<Result<(), Task>> {
        if self.process != std::process::id() {
            return Err(io::Error::other(
                "this process is a fork of the one that used the handle; build the handle after the fork",
            ));
        }
        Ok(self
            .tasks
            .send(task)
            .map_err(|mpsc::error::SendError(unsent)| unsent))
    }
}

/// Keeps the thread of a task running while the caller waits for the task.
#[must_use]
pub(super) struct Running {
    thread: Option<mpsc::UnboundedSender<Task>>,
}

impl Running {
    /// Whether the task is on the caller's thread, which may stop running it.
    pub(super) fn is_on_caller_thread(&self) -> bool {
        self.thread.is_none()
    }
}

impl Spawner {
    /// A spawner whose thread has this name.
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            thread: Mutex::new(None),
        }
    }

    /// Spawns a task on the spawner's thread. The end of the spawner drops the task.
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

    /// Spawns a task. `make` runs on the thread of the future. If that thread ends first, both are dropped.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(super) fn spawn<F>(&self, make: impl FnOnce() -> F + Send + 'static) -> io::Result<Running>
    where
        F: Future<Output = ()> + 'static,
    {
        let mut task: Task = Box::new(move || {
            actix_rt::spawn(make());
        });
        if let Some(arbiter) = current_arbiter() {
            match arbiter.send(task) {
                Ok(()) => return Ok(Running { thread: None }),
                Err(mpsc::error::SendError(unsent)) => task = unsent,
            }
        }
        self.spawn_on_thread(task)
            .map(|thread| Running { thread: Some(thread) })
    }

    fn spawn_on_thread(&self, mut task: Task) -> io::Result<mpsc::UnboundedSender<Task>> {
        let known = || self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        // Sending wakes the thread, which takes long, so it happens without the lock.
        let running = known().clone();
        if let Some(running) = running {
            match running.send(task)? {
                Ok(()) => return Ok(running.tasks),
                // The thread has ended. A new one replaces it.
                Err(unsent) => task = unsent,
            }
        }
        let mut thread = known();
        if let Some(running) = thread.as_ref() {
            match running.send(task)? {
                Ok(()) => return Ok(running.tasks.clone()),
                Err(unsent) => task = unsent,
            }
        }
        let (sender, tasks) = mpsc::unbounded_channel();
        // Sent before the thread starts. If the thread can't run, it drops the task, which the caller notices.
        let _ = sender.send(task);
        std::thread::Builder::new()
            .name(self.name.to_owned())
            .spawn(move || run(tasks))?;
        *thread = Some(Thread {
            tasks: sender.clone(),
            process: std::process::id(),
        });
        Ok(sender)
    }
}

thread_local! {
    static ARBITER: RefCell<Option<ArbiterTasks>> = const { RefCell::new(None) };
}

/// The task queue of this thread's arbiter.
struct ArbiterTasks {
    /// The arbiter's system.
    system: Option<usize>,
    /// The arbiter's runtime. `None` until the arbiter has started to take tasks.
    runtime: Option<Id>,
    tasks: mpsc::UnboundedSender<Task>,
}

/// The task queue of this thread's arbiter, if the caller runs on the arbiter's runtime.
///
/// A thread may have several actix systems and tokio runtimes, of which only one runs at a time. The others do not run their tasks.
/// Only the arbiter itself can tell its runtime, so the spawner's own thread sends the first requests of an actix thread.
fn current_arbiter() -> Option<mpsc::UnboundedSender<Task>> {
    let arbiter = Arbiter::try_current()?;
    let runtime = Handle::try_current().ok()?.id();
    let system = System::try_current().map(|system| system.id());
    let known = ARBITER.with_borrow(|arbiter| {
        let arbiter = arbiter.as_ref()?;
        // Otherwise another system or another arbiter runs the thread now.
        (arbiter.system == system && !arbiter.tasks.is_closed())
            .then(|| (arbiter.runtime, arbiter.tasks.clone()))
    });
    if let Some((of, tasks)) = known {
        return (of == Some(runtime)).then_some(tasks);
    }
    let (sender, tasks) = mpsc::unbounded_channel();
    ARBITER.set(Some(ArbiterTasks {
        system,
        runtime: None,
        tasks: sender,
    }));
    // `spawn_local` would panic inside of `tokio::spawn`, where there is no `LocalSet`. One task takes all later tasks, since the
    // arbiter would make two tasks of each request.
    arbiter.spawn(async move {
        ARBITER.with_borrow_mut(|known| {
            if let Some(known) = known.as_mut().filter(|known| known.system == system) {
                known.runtime = Some(Handle::current().id());
            }
        });
        start_all(tasks).await;
    });
    None
}

async fn start_all(mut tasks: mpsc::UnboundedReceiver<Task>) {
    while let Some(task) = tasks.recv().await {
        task();
    }
}

fn run(tasks: mpsc::UnboundedReceiver<Task>) {
    match Runtime::new() {
        Ok(runtime) => runtime.block_on(async move {
            reply_batch::enable();
            start_all(tasks).await;
            pool::close_all();
        }),
        Err(error) => tracing::error!(%error, "could not start the runtime of the client's thread"),
    }
}
