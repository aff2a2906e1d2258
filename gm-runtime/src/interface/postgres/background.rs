//! The threads on which the connections of a database live.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::error::Error;
use crate::health::{Beat, Pulse};

const MAX_THREADS: usize = 4;

/// How often an idle thread shows that its runtime turns.
const BEAT_INTERVAL: Duration = Duration::from_secs(5);

/// The threads on which the connections of a database live: half as many as cores, and at most four.
///
/// Each runs a runtime of its own. So no caller needs one, a caller that stops polling delays no other one, and a caller that blocks
/// its thread delays neither the change feed nor the writes.
pub(super) struct Background {
    first: Handle,
    others: Vec<Handle>,
    next: AtomicUsize,
    /// The threads end when this is sent or dropped.
    stop: watch::Sender<bool>,
    pulses: Vec<Arc<Pulse>>,
    /// Each thread has a receiver until it ends.
    alive: watch::Sender<()>,
}

impl Background {
    /// Starts the threads.
    pub(super) fn start() -> Result<Self, Error> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let (stop, stopped) = watch::channel(false);
        let (alive, _) = watch::channel(());
        let mut pulses = Vec::new();
        let mut start = |number| {
            let (pulse, beat) = Pulse::new("postgres connections", BEAT_INTERVAL);
            pulses.push(pulse);
            start(number, beat, stopped.clone(), alive.subscribe())
        };
        let first = start(0)?;
        let others = (1..cores.div_ceil(2).min(MAX_THREADS))
            .map(&mut start)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            first,
            others,
            next: AtomicUsize::new(0),
            stop,
            pulses,
            alive,
        })
    }

    /// The pulses of the threads.
    pub(super) fn pulses(&self) -> &[Arc<Pulse>] {
        &self.pulses
    }

    /// The runtime of one of the threads, of another one at each call.
    pub(super) fn runtime(&self) -> Handle {
        let next = self.next.fetch_add(1, Ordering::Relaxed) % (self.others.len() + 1);
        self.others.get(next).unwrap_or(&self.first).clone()
    }

    /// Runs a task on one of the threads. It ends with the thread at the latest.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.runtime().spawn(task)
    }

    /// Ends the threads with their tasks, and waits until they have ended.
    pub(super) async fn stop(&self) {
        self.stop.send_replace(true);
        self.alive.closed().await;
    }
}

/// Starts a thread, which runs the tasks of its runtime until it is stopped.
fn start(
    number: usize,
    beat: Beat,
    mut stopped: watch::Receiver<bool>,
    alive: watch::Receiver<()>,
) -> Result<Handle, Error> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::storage)?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .name(format!("gm-postgres-{number}"))
        .spawn(move || {
            runtime.block_on(async {
                let turning = async {
                    loop {
                        beat.turn();
                        sleep(BEAT_INTERVAL).await;
                    }
                };
                tokio::select! {
                    // An error means that the database was dropped.
                    _ = stopped.wait_for(|stopped| *stopped) => {}
                    () = turning => {}
                }
            });
            // Not the usual drop: it would wait for a name server that does not answer.
            runtime.shutdown_background();
            drop(alive);
        })
        .map_err(Error::storage)?;
    Ok(handle)
}
