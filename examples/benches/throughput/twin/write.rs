//! Writes on one thread, with group commit or with a commit for each write.

use std::path::Path;

use actix_web::error::{ErrorInternalServerError, ErrorServiceUnavailable};
use crossbeam_channel::{Receiver, Sender, bounded};
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::service::Synchronous;

/// The most writes of one commit.
const MAX_BATCH: usize = 256;

/// The twin's commits.
#[derive(Clone, Copy)]
pub(crate) enum Writing {
    /// Group commit: the waiting writes share a commit.
    Shared,
    /// A commit for each write.
    Each,
}

/// Executes a write, and returns the function that responds to its caller after the commit.
type Job = Box<dyn FnOnce(&Connection) -> Answer + Send>;
type Answer = Box<dyn FnOnce(bool) + Send>;

pub(super) struct Writer(Sender<Job>);

impl Writer {
    pub(super) fn start(database: &Path, writing: Writing, synchronous: Synchronous) -> Self {
        let connection = Connection::open(database).expect("the database opens");
        connection
            .pragma_update(None, "synchronous", synchronous.name())
            .expect("a setting of SQLite's");
        connection
            .execute_batch(
                "CREATE TABLE IF NOT EXISTS answers (id TEXT PRIMARY KEY NOT NULL, body TEXT NOT NULL)",
            )
            .expect("a table");
        let (jobs, queue) = bounded::<Job>(1024);
        std::thread::spawn(move || match writing {
            Writing::Shared => shared(&connection, &queue),
            Writing::Each => queue.iter().for_each(|job| job(&connection)(true)),
        });
        Self(jobs)
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> actix_web::Result<T> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let written = write(connection);
            Box::new(move |committed| {
                if committed {
                    // The caller may have been cancelled.
                    let _ = answer.send(written);
                }
            })
        });
        self.0.try_send(job).map_err(ErrorServiceUnavailable)?;
        answered
            .await
            .map_err(ErrorInternalServerError)?
            .map_err(ErrorInternalServerError)
    }
}

/// SQLite undoes only the failed statement, so the other writes of the group need no savepoint.
fn shared(connection: &Connection, queue: &Receiver<Job>) {
    let execute = |text: &str| {
        let statement = connection.prepare_cached(text);
        statement.and_then(|mut statement| statement.execute([]))
    };
    for first in queue {
        let begun = execute("BEGIN IMMEDIATE").is_ok();
        let waiting = std::iter::once(first).chain(queue.try_iter());
        let answers: Vec<Answer> = waiting.take(MAX_BATCH).map(|job| job(connection)).collect();
        let committed = begun && execute("COMMIT").is_ok();
        answers.into_iter().for_each(|answer| answer(committed));
    }
}
