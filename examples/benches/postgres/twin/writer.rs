//! Writes on one connection: the writes that wait together share a transaction, whose statements are pipelined.

use std::collections::{HashSet, VecDeque};

use tokio::sync::{mpsc, oneshot};
use tokio_postgres::{Client, Error, Statement};

use super::connection::{connect, pipelined};
use super::reads::project;
use super::statements::{self, BEGIN, COMMIT_PATIENTLY, LOCK};
use crate::by_hand::Project;

/// The most writes of one transaction.
const MAX_BATCH: usize = 256;

/// The form of the shared transactions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writing {
    /// An update reads and locks its row first, which a rule would judge. So it takes two round trips.
    TwoTrips,
    /// An update locks no row before.
    OneTrip,
    /// As two trips, with a savepoint before each write.
    Savepoints,
}

/// A write of a row.
pub(super) enum Write {
    Create {
        name: String,
        status: String,
    },
    Update {
        id: i64,
        name: Option<String>,
        status: Option<String>,
    },
}

type Written = Result<Option<Project>, Error>;

/// A write that waits, and its caller.
pub(super) struct Job(Write, oneshot::Sender<Written>);

/// The sender of writes to their connection.
#[derive(Clone)]
pub(super) struct Writer(mpsc::Sender<Job>);

impl Writer {
    pub(super) fn new() -> (Self, mpsc::Receiver<Job>) {
        let (jobs, queue) = mpsc::channel(1024);
        (Self(jobs), queue)
    }

    /// Writes, and returns the row after the commit.
    pub(super) async fn write(&self, write: Write) -> Written {
        let (answer, answered) = oneshot::channel();
        self.0.try_send(Job(write, answer)).expect("a short queue");
        answered.await.expect("the thread runs")
    }
}

/// Writes what comes, until all senders are gone.
pub(super) async fn run(url: &str, writing: Writing, mut queue: mpsc::Receiver<Job>) {
    let session = Session::open(url, writing).await.expect("the database answers");
    let mut waiting = VecDeque::new();
    loop {
        if waiting.is_empty() {
            let Some(job) = queue.recv().await else { return };
            waiting.push_back(job);
        }
        while waiting.len() < MAX_BATCH
            && let Ok(job) = queue.try_recv()
        {
            waiting.push_back(job);
        }
        session.commit(next_batch(&mut waiting)).await;
    }
}

/// The waiting writes, with at most one of a row. The later writes of a row wait for the next batch.
fn next_batch(waiting: &mut VecDeque<Job>) -> Vec<Job> {
    let mut rows = HashSet::new();
    let (batch, later): (Vec<_>, Vec<_>) = waiting.drain(..).partition(|Job(write, _)| match write {
        Write::Create { .. } => true,
        Write::Update { id, .. } => rows.insert(*id),
    });
    waiting.extend(later);
    batch
}

struct Session {
    client: Client,
    writing: Writing,
    create: Statement,
    update: Statement,
    lock: Statement,
}

/// A statement of a transaction.
enum Step<'j> {
    Sql(&'static str),
    Write(&'j Write),
}

impl Session {
    async fn open(url: &str, writing: Writing) -> Result<Self, Error> {
        let client = connect(url).await?;
        Ok(Self {
            writing,
            create: client.prepare(&statements::create()).await?,
            update: client.prepare(&statements::update()).await?,
            lock: client.prepare(LOCK).await?,
            client,
        })
    }

    /// The batch in one transaction. If a statement of it fails, each write is committed alone.
    async fn commit(&self, batch: Vec<Job>) {
        match self.transaction(&batch).await {
            Ok(written) => {
                for (Job(_, answer), written) in batch.into_iter().zip(written) {
                    // The caller may have been cancelled.
                    let _ = answer.send(Ok(written));
                }
            }
            Err(_) => {
                for job in batch {
                    let written = self.transaction(std::slice::from_ref(&job)).await;
                    let written = written.map(|mut written| written.pop().flatten());
                    // The caller may have been cancelled.
                    let _ = job.1.send(written);
                }
            }
        }
    }

    async fn transaction(&self, batch: &[Job]) -> Result<Vec<Option<Project>>, Error> {
        let one_trip = self.writing == Writing::OneTrip;
        let is_update = |Job(write, _): &Job| matches!(write, Write::Update { .. });
        let has_old_rows = !one_trip && batch.iter().any(is_update);
        if let [Job(write, _)] = batch
            && !has_old_rows
        {
            // A lone statement commits itself.
            return Ok(vec![self.write(write).await?]);
        }
        let mut steps = Vec::with_capacity(2 * batch.len() + 2);
        let mut old_rows = Vec::new();
        if has_old_rows {
            old_rows = self.lock(batch).await?;
        } else {
            steps.push(Step::Sql(BEGIN));
        }
        let mut old_rows = old_rows.iter();
        let mut written = Vec::with_capacity(batch.len());
        for Job(write, _) in batch {
            // There is no row, or it has the values already.
            let answer = match write {
                Write::Update { name, status, .. } if has_old_rows => {
                    let old = old_rows.next().expect("a row for each update");
                    old.as_ref()
                        .is_none_or(|old| {
                            let is_same =
                                |new: &Option<String>, old| new.as_ref().is_none_or(|new| new == old);
                            is_same(name, &old.name) && is_same(status, &old.status)
                        })
                        .then(|| old.clone())
                }
                _ => None,
            };
            if answer.is_none() {
                if self.writing == Writing::Savepoints {
                    steps.push(Step::Sql("SAVEPOINT s"));
                }
                steps.push(Step::Write(write));
            }
            written.push(answer);
        }
        steps.push(Step::Sql(COMMIT_PATIENTLY));
        steps.push(Step::Sql("COMMIT"));
        let is_write: Vec<bool> = steps.iter().map(|step| matches!(step, Step::Write(..))).collect();
        let results = pipelined(steps.into_iter().map(|step| self.step(step))).await;
        // After an error the result of COMMIT is a success, and nothing is written. So every result counts.
        let results: Vec<Option<Project>> = results.into_iter().collect::<Result<_, _>>()?;
        let mut results =
            std::iter::zip(results, is_write).filter_map(|(result, is_write)| is_write.then_some(result));
        let answers = written
            .into_iter()
            .map(|answer| answer.unwrap_or_else(|| results.next().flatten()));
        Ok(answers.collect())
    }

    /// Begins the transaction and locks the rows of its updates.
    async fn lock(&self, batch: &[Job]) -> Result<Vec<Option<Project>>, Error> {
        let ids = batch.iter().filter_map(|Job(write, _)| match write {
            Write::Create { .. } => None,
            Write::Update { id, .. } => Some(*id),
        });
        let steps = std::iter::once(None).chain(ids.map(Some));
        let results = pipelined(steps.map(async |id| match id {
            None => self.step(Step::Sql(BEGIN)).await,
            Some(id) => {
                let row = self.client.query_opt(&self.lock, &[&id]).await?;
                row.map(|row| project(&row, 0)).transpose()
            }
        }));
        let mut rows: Vec<_> = results.await.into_iter().collect::<Result<_, _>>()?;
        rows.remove(0);
        Ok(rows)
    }

    async fn step(&self, step: Step<'_>) -> Result<Option<Project>, Error> {
        match step {
            Step::Sql(sql) => self.client.batch_execute(sql).await.map(|()| None),
            Step::Write(write) => self.write(write).await,
        }
    }

    async fn write(&self, write: &Write) -> Result<Option<Project>, Error> {
        let row = match write {
            Write::Create { name, status } => self.client.query_opt(&self.create, &[name, status]).await?,
            Write::Update { id, name, status } => {
                self.client.query_opt(&self.update, &[id, name, status]).await?
            }
        };
        row.map(|row| project(&row, 0)).transpose()
    }
}
