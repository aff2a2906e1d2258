//! Writes on one connection: the writes that wait together share a transaction, whose statements are pipelined.

use std::collections::{HashSet, VecDeque};
use std::future::ready;

use serde_json::json;
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::{Client, Error, Statement};
use uuid::Uuid;

use super::connection::{connect, pipelined};
use super::reads::project;
use super::statements::{self, BEGIN, LOCK};
use crate::by_hand::Project;

/// The most writes of one transaction.
const MAX_BATCH: usize = 256;

/// The form of the shared transactions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writing {
    /// An update reads and locks its row first, so it takes two round trips.
    TwoTrips,
    /// An update and the row before it are one statement.
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
    /// The start of the payload that all events of this process have in common.
    replica: String,
    create: Statement,
    update: Statement,
    update_in_one_trip: Statement,
    lock: Statement,
}

/// A statement of a transaction.
enum Step<'j> {
    Sql(&'static str),
    Write(&'j Write, Option<&'j Project>),
}

impl Session {
    async fn open(url: &str, writing: Writing) -> Result<Self, Error> {
        let client = connect(url).await?;
        Ok(Self {
            writing,
            replica: Uuid::new_v4().to_string(),
            create: client.prepare(&statements::create()).await?,
            update: client.prepare(&statements::update()).await?,
            update_in_one_trip: client.prepare(&statements::update_in_one_trip()).await?,
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
            return Ok(vec![self.write(write, None).await?]);
        }
        let mut steps = Vec::with_capacity(2 * batch.len() + 2);
        let mut old_rows = Vec::new();
        if has_old_rows {
            old_rows = self.lock(batch).await?;
        } else {
            steps.push(Step::Sql(BEGIN));
        }
        let mut old_rows = old_rows.iter();
        for Job(write, _) in batch {
            if self.writing == Writing::Savepoints {
                steps.push(Step::Sql("SAVEPOINT s"));
            }
            let old_row = match write {
                Write::Create { .. } => None,
                Write::Update { .. } => old_rows.next().and_then(Option::as_ref),
            };
            steps.push(Step::Write(write, old_row));
        }
        steps.push(Step::Sql("COMMIT"));
        let is_write: Vec<bool> = steps.iter().map(|step| matches!(step, Step::Write(..))).collect();
        let results = pipelined(steps.into_iter().map(|step| self.step(step))).await;
        // After an error the result of COMMIT is a success, and nothing is written. So every result counts.
        let results: Vec<Option<Project>> = results.into_iter().collect::<Result<_, _>>()?;
        Ok(std::iter::zip(results, is_write)
            .filter_map(|(result, is_write)| is_write.then_some(result))
            .collect())
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
            Step::Write(write, old_row) => self.write(write, old_row).await,
        }
    }

    async fn write(&self, write: &Write, old_row: Option<&Project>) -> Result<Option<Project>, Error> {
        let (event, replica) = (Uuid::new_v4(), &self.replica);
        let start = |action: &str| {
            format!(r#"gm1 {{"i":"{event}","r":"{replica}","t":"public.projects","a":"{action}","#)
        };
        let row = match write {
            Write::Create { name, status } => {
                let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 3] = [name, status, &start("c")];
                self.client.query_opt(&self.create, &parameters).await?
            }
            Write::Update { id, name, status } if self.writing == Writing::OneTrip => {
                let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
                    [id, name, status, &start("u")];
                self.client
                    .query_opt(&self.update_in_one_trip, &parameters)
                    .await?
            }
            Write::Update { id, name, status } => {
                let Some(old_row) = old_row else {
                    return ready(Ok(None)).await;
                };
                let changed: Vec<&str> = [("name", name, &old_row.name), ("status", status, &old_row.status)]
                    .iter()
                    .filter(|(_, new, old)| new.as_ref().is_some_and(|new| new != *old))
                    .map(|(column, _, _)| *column)
                    .collect();
                let before = json!({"name": old_row.name, "status": old_row.status});
                let start = format!(r#"{}"c":{},"b":{before},"#, start("u"), json!(changed));
                let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 4] = [id, name, status, &start];
                self.client.query_opt(&self.update, &parameters).await?
            }
        };
        row.map(|row| project(&row, 0)).transpose()
    }
}
