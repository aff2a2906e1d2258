//! Reads, on threads or in the handler.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use actix_web::error::{ErrorInternalServerError, ErrorServiceUnavailable};
use crossbeam_channel::{Sender, bounded};
use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

const READERS: usize = 2;

/// The place of the twin's reads.
#[derive(Clone, Copy)]
pub(crate) enum Reading {
    /// Its own threads.
    Threads,
    /// The handler. There is no hop to another thread, but the worker is blocked meanwhile.
    Blocking,
}

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// The readers of all workers.
#[derive(Clone)]
pub(super) enum Readers {
    Threads(Sender<Job>),
    Blocking(PathBuf),
}

/// The reader of one worker.
pub(super) enum Reader {
    Threads(Sender<Job>),
    Blocking(RefCell<Connection>),
}

fn open(database: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(database, flags).expect("the database opens")
}

impl Readers {
    pub(super) fn start(database: &Path, reading: Reading) -> Self {
        match reading {
            Reading::Threads => {
                let (jobs, queue) = bounded::<Job>(1024);
                for _ in 0..READERS {
                    let (queue, mut connection) = (queue.clone(), open(database));
                    std::thread::spawn(move || queue.iter().for_each(|job| job(&mut connection)));
                }
                Self::Threads(jobs)
            }
            Reading::Blocking => Self::Blocking(database.to_owned()),
        }
    }

    pub(super) fn of_worker(&self) -> Reader {
        match self {
            Self::Threads(jobs) => Reader::Threads(jobs.clone()),
            Self::Blocking(database) => Reader::Blocking(RefCell::new(open(database))),
        }
    }
}

impl Reader {
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> actix_web::Result<T> {
        let read = match self {
            Self::Threads(jobs) => {
                let (answer, answered) = oneshot::channel();
                let job = Box::new(move |connection: &mut Connection| {
                    // The caller may have been cancelled.
                    let _ = answer.send(read(connection));
                });
                jobs.try_send(job).map_err(ErrorServiceUnavailable)?;
                answered.await.map_err(ErrorInternalServerError)?
            }
            Self::Blocking(connection) => read(&mut connection.borrow_mut()),
        };
        read.map_err(ErrorInternalServerError)
    }
}
