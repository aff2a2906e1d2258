//! A bounded queue of jobs for several readers.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

use crate::error::Error;

/// A bounded queue of jobs for several readers.
pub(super) struct JobQueue<J> {
    jobs: Mutex<Jobs<J>>,
    /// A permit for each job. After the close, one for each reader.
    ready: Semaphore,
    size: usize,
}

struct Jobs<J> {
    waiting: VecDeque<J>,
    is_closed: bool,
}

/// The error of reads and writes of a closed database.
pub(super) const CLOSED: Error = Error::Unavailable("the database is closed");

const FULL: Error = Error::Unavailable("too many reads or writes wait for the database");

impl<J> JobQueue<J> {
    /// A queue of this many jobs.
    pub(super) fn new(size: usize) -> Self {
        Self {
            jobs: Mutex::new(Jobs {
                waiting: VecDeque::new(),
                is_closed: false,
            }),
            ready: Semaphore::new(0),
            size,
        }
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs<J>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a job.
    pub(super) fn push(&self, job: J) -> Result<(), Error> {
        let mut jobs = self.jobs();
        if jobs.is_closed {
            return Err(CLOSED);
        }
        if jobs.waiting.len() >= self.size {
            return Err(FULL);
        }
        jobs.waiting.push_back(job);
        drop(jobs);
        self.ready.add_permits(1);
        Ok(())
    }

    /// The number of jobs that wait.
    pub(super) fn len(&self) -> usize {
        self.jobs().waiting.len()
    }

    /// The next job. `None` once the queue is closed and empty.
    pub(super) async fn next(&self) -> Option<J> {
        // The semaphore is never closed, since its permits count the jobs that are left.
        self.ready.acquire().await.ok()?.forget();
        self.jobs().waiting.pop_front()
    }

    /// Refuses further jobs. Each of this many readers ends once there are no more.
    pub(super) fn close(&self, readers: usize) {
        let mut jobs = self.jobs();
        if !std::mem::replace(&mut jobs.is_closed, true) {
            self.ready.add_permits(readers);
        }
    }
}
