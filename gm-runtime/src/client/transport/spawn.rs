//! Where the client's tasks run: awc's futures can't leave their thread.

use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::sync::{Mutex, PoisonError};

use actix_rt::{Arbiter, Runtime, System};
use tokio::runtime::{Handle, Id};
use tokio::sync::mpsc;

use super::{pool, reply_batch};

type Task = Box<dyn FnOnce() + Send>;

/// Runs tasks that stay on one thread: on the caller's, where actix runs it and has done so before, else on a thread of its
/// own, which is started when it is first needed and ends with the last handle.
///
/// The thread is never joined: the last handle may be dropped by the thread itself.
pub(crate) struct Spawner {
    name: &'static str,
    thread: Mutex<Option<Thread>>,
}

/// The thread of its own.
#[derive(Clone)]
struct Thread {
    tasks: mpsc::UnboundedSender<Task>,
    process: u32,
}

impl Thread {
    /// Sends it a task; given back where the thread has ended.
    ///
    /// # Errors
    /// In a fork of the process, which has no such thread.
    fn send(&self, task: Task) -> io::Result<Result<(), Task>> {
        if self.process != std::process::id() {
            return Err(io::Error::other(
                "this process is a fork of the one that used the handle; make a handle behind the fork",
            ));
        }
        Ok(self
            .tasks
            .send(task)
            .map_err(|mpsc::error::SendError(unsent)| unsent))
    }
}

/// Keeps the thread of a task running for as long as someone waits for the task.
#[must_use]
pub(super) struct Running {
    thread: Option<mpsc::UnboundedSender<Task>>,
}

impl Running {
    /// Whether the task is on a thread of the application's, which may stop running it.
    pub(super) fn is_here(&self) -> bool {
        self.thread.is_none()
    }
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
        let mut task: Task = Box::new(move || {
            actix_rt::spawn(make());
        });
        if let Some(here) = here() {
            match here.send(task) {
                Ok(()) => return Ok(Running { thread: None }),
                Err(mpsc::error::SendError(unsent)) => task = unsent,
            }
        }
        self.spawn_on_thread(task)
            .map(|thread| Running { thread: Some(thread) })
    }

    fn spawn_on_thread(&self, mut task: Task) -> io::Result<mpsc::UnboundedSender<Task>> {
        let known = || self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        // Sent without the lock: who sends wakes the thread, which takes longer than all else here.
        let running = known().clone();
        if let Some(running) = running {
            match running.send(task)? {
                Ok(()) => return Ok(running.tasks),
                // The thread has died: a new one takes its place.
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
        // Sent before the thread starts: what it can't run it drops, and whoever waits is told.
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
    static HERE: RefCell<Option<Here>> = const { RefCell::new(None) };
}

/// Where the tasks of a thread that actix runs are taken from.
struct Here {
    /// The system whose arbiter was asked to take them.
    system: Option<usize>,
    /// The runtime that the arbiter was found to run on. Unknown until it has begun.
    runtime: Option<Id>,
    tasks: mpsc::UnboundedSender<Task>,
}

/// Where this thread's arbiter takes tasks from, if it is the arbiter's own runtime that runs the caller.
///
/// A thread may have several systems, and tokio's runtimes beside them, of which one runs at a time: what is left to one
/// that rests is not done. Which runtime an arbiter is on only the arbiter can say, so that a thread's first requests are
/// sent by the client's own.
fn here() -> Option<mpsc::UnboundedSender<Task>> {
    let arbiter = Arbiter::try_current()?;
    let runtime = Handle::try_current().ok()?.id();
    let system = System::try_current().map(|system| system.id());
    let known = HERE.with_borrow(|here| {
        let here = here.as_ref()?;
        // Else another system has come, or the arbiter has ended and another one runs the thread.
        (here.system == system && !here.tasks.is_closed()).then(|| (here.runtime, here.tasks.clone()))
    });
    if let Some((of, tasks)) = known {
        return (of == Some(runtime)).then_some(tasks);
    }
    let (sender, tasks) = mpsc::unbounded_channel();
    HERE.set(Some(Here {
        system,
        runtime: None,
        tasks: sender,
    }));
    // `spawn`, since `spawn_local` panics inside `tokio::spawn`, where there is no `LocalSet`. Once a thread, since the
    // arbiter makes a task of what it is sent, in which the task proper would be spawned.
    arbiter.spawn(async move {
        HERE.with_borrow_mut(|here| {
            if let Some(here) = here.as_mut().filter(|here| here.system == system) {
                here.runtime = Some(Handle::current().id());
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
        Err(error) => tracing::error!(%error, "the client's thread has no runtime"),
    }
}
