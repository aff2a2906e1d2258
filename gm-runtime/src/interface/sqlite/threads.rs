//! The threads of a database: start, and the loop of a reading thread.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam_channel::Receiver;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::file_watch::LostFile;
use super::job::{Task, panicked};
use super::read_gate::ReadGate;
use crate::error::Error;

/// The channel on which a thread reports that its connection is open.
pub(super) type Opened = oneshot::Sender<Result<(), Error>>;

/// Starts a thread, and waits until its connection is open.
pub(super) async fn start(name: String, run: impl FnOnce(Opened) + Send + 'static) -> Result<(), Error> {
    let (opened, answer) = oneshot::channel();
    std::thread::Builder::new()
        .name(name)
        .spawn(move || run(opened))
        .map_err(Error::storage)?;
    answer.await.unwrap_or_else(|_| Err(panicked()))
}

/// Reports whether a connection is open, and returns it if so.
pub(super) fn report<T>(connection: Result<T, Error>, opened: Opened) -> Option<T> {
    match connection {
        // If the opening was cancelled, the thread must end.
        Ok(connection) => opened.send(Ok(())).ok().map(|()| connection),
        Err(failure) => {
            let _ = opened.send(Err(failure));
            None
        }
    }
}

/// Reads until the queue is closed and empty.
pub(super) fn read(mut connection: Connection, tasks: &Receiver<Task>, lost: &LostFile, gate: &ReadGate) {
    for task in tasks {
        let _running = gate.enter();
        // A panic drops the reply channel, so the caller receives an error.
        if catch_unwind(AssertUnwindSafe(|| task(&mut connection))).is_err() {
            tracing::error!("a read of the database panicked");
        }
    }
    lost.prepare_close(&connection);
}
