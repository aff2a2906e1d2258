//! The verbs of an interactive transaction, each in a savepoint.

use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use futures_util::future::join;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;

use super::super::super::error::{ReadError, is_stale_statement};
use super::super::super::notification::{SideEffects, folded, is_refresh, joined};
use super::super::super::read_clock::ReadClock;
use super::super::super::reads_inside::AnswerRead;
use super::super::super::statement::Statement;
use super::super::super::table::Table;
use super::super::constraint_errors;
use super::super::failure::{CANCELLED, Failure, LOCKED, READ_ONLY};
use super::super::job::WriteJob;
use super::super::pipeline::{RequestError, send_all};
use super::super::statements::{payload_column, transaction_column};
use super::super::transaction::Transaction;
use super::super::work::{State, Work};
use super::running::{Running, Savepoint, VerbEnd};
use crate::error::{Error, QueryError};
use crate::interface::{Answer, WriteRequest, Written};
use crate::manager::Description;

/// Why a write was not carried out.
enum NotWritten {
    /// The database accepts it, and this is the refusal.
    Refused(Error),
    Failed(Failure),
}

impl From<Failure> for NotWritten {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Running {
    /// Carries out a write. An error undoes it alone, unless it ends the transaction.
    pub(super) async fn write(
        &mut self,
        table: Arc<Table>,
        request: WriteRequest,
    ) -> Result<Written, VerbEnd> {
        let (mut job, _) = WriteJob::new(table, request);
        let mut is_repeated = false;
        self.next_verb();
        loop {
            let mut work = Work::new(job);
            let failure = match self.attempt(&mut work).await {
                Ok(written) => return Ok(written),
                Err(NotWritten::Refused(error)) => {
                    self.undo().await?;
                    return Err(VerbEnd::Undone(error));
                }
                Err(NotWritten::Failed(failure)) => failure,
            };
            if let Some(end) = VerbEnd::of(&failure) {
                return Err(end);
            }
            if self.verb_savepoint != Savepoint::Current {
                return Err(VerbEnd::Broken);
            }
            self.undo().await?;
            job = work.job;
            match failure {
                Failure::StaleStatement if !is_repeated => self.forget_statements(),
                Failure::NotLockable if !is_repeated => self.statements.of(&job.table).stop_locking(),
                failure => return Err(self.refusal(&job, failure).await),
            }
            is_repeated = true;
        }
    }

    /// The savepoint of the verb before is replaced.
    fn next_verb(&mut self) {
        if self.verb_savepoint == Savepoint::Current {
            self.verb_savepoint = Savepoint::Earlier;
        }
    }

    async fn attempt(&mut self, work: &mut Work) -> Result<Written, NotWritten> {
        let open = self.open.clone();
        let requests = self.requests(&open);
        match work.needs_lock() {
            true => self.lock(&requests, work).await?,
            false => work.prepare(&mut self.statements),
        }
        let statement = match std::mem::replace(&mut work.state, State::Unjudged) {
            State::Ready(statement) => statement,
            State::Answered(Ok(written)) => return Ok(written),
            State::Answered(Err(error)) => return Err(NotWritten::Refused(error)),
            // Only a write without an id, which an update and a deletion have.
            _ => return Ok(Written::Missing),
        };
        let side_effects = work.side_effects();
        let before = side_effects.as_deref().map(SideEffects::before);
        let row = self.execute(&requests, before, &statement).await?;
        let description = work.job.table.description();
        let payload = row.as_ref().and_then(|row| payload_of(description, row));
        if let Some(row) = &row {
            self.id = row
                .try_get(transaction_column(description))
                .ok()
                .or(self.id.take());
        }
        work.state = State::Executed(row);
        if let Some(side_effects) = side_effects {
            self.look_at_side_effects(&requests, work, side_effects).await?;
        }
        let written = match work.may_be_skipped() {
            true => constraint_errors::skipped_or_missing(&open.session, &work.job).await,
            false => work.written(),
        };
        let written = written.map_err(NotWritten::Refused)?;
        self.last_written = Some(description);
        if let Some(payload) = payload
            && !self.changes.payloads.join(|_, earlier| joined(earlier, &payload))
        {
            let oid = work.job.table.relation().oid();
            let fold = |one: String, other: String| match oid {
                Some(oid) => folded(oid, &one, &other),
                // No replica can name the relation.
                None => String::new(),
            };
            let is_refresh = is_refresh(&payload);
            self.changes
                .payloads
                .add(description, || (), (payload, is_refresh), fold);
        }
        Ok(written)
    }

    /// Sends a statement behind those before it, in the savepoint of the verb.
    async fn execute(
        &mut self,
        requests: &Transaction<'_>,
        before: Option<&str>,
        statement: &Statement,
    ) -> Result<Option<Row>, Failure> {
        let opening = self.verb_savepoint.opening();
        let mut sent: Vec<_> = opening.iter().map(|text| requests.batch(text)).collect();
        sent.extend(before.map(|text| requests.batch(text)));
        sent.push(requests.rows(statement));
        let mut replies = send_all(sent, requests.reply_limit).await.into_iter();
        if opening.is_some()
            && let Some(error) = replies.next().and_then(|reply| reply.error)
        {
            return Err(Failure::of(error, false));
        }
        self.verb_savepoint = Savepoint::Current;
        let mut row = None;
        for reply in replies {
            if let Some(error) = reply.error {
                return Err(Failure::of(error, false));
            }
            row = reply.rows.into_iter().next();
        }
        Ok(row)
    }

    /// Reads and locks the stored row, and judges the write with it.
    async fn lock(&mut self, requests: &Transaction<'_>, work: &mut Work) -> Result<(), Failure> {
        // The time of a wait would tell the caller that there is a row which it does not see.
        let skips_locked = work.job.awaits_check_of_sight();
        let Some(statement) = work.lock(&mut self.statements, skips_locked) else {
            return Ok(());
        };
        let mut row = self.execute(requests, None, &statement).await?;
        if row.is_none() && skips_locked {
            if constraint_errors::is_out_of_sight(requests.session, &work.job).await {
                work.state = State::Answered(Ok(Written::Missing));
                return Ok(());
            }
            if let Some(statement) = work.lock(&mut self.statements, false) {
                row = self.execute(requests, None, &statement).await?;
            }
        }
        work.judge(row.as_ref(), &mut self.statements);
        Ok(())
    }

    /// Reads the written row again, since a trigger may have changed it, judges it, and notes the tables that have changed as well.
    async fn look_at_side_effects(
        &mut self,
        requests: &Transaction<'_>,
        work: &mut Work,
        side_effects: Arc<SideEffects>,
    ) -> Result<(), NotWritten> {
        if let Some(statement) = work.read_again(&mut self.statements) {
            match self.execute(requests, None, &statement).await? {
                None => work.state = State::Gone,
                Some(row) => {
                    work.judge_stored(&row).map_err(NotWritten::Refused)?;
                    work.state = State::Executed(Some(row));
                }
            }
        }
        let table = work.job.table.relation().oid().filter(|_| work.has_written());
        self.note_changed_relations(
            &side_effects,
            table.map(|table| (table, 1)),
            work.job.table.description(),
        )
        .await?;
        self.side_effects = Some(side_effects);
        Ok(())
    }

    /// Notes the relations in which other rows changed than those that were written.
    pub(super) async fn note_changed_relations(
        &mut self,
        side_effects: &SideEffects,
        written: impl IntoIterator<Item = (u32, u64)>,
        description: &'static Description,
    ) -> Result<(), Failure> {
        let changed = Statement::new(side_effects.changed_relations(written));
        let read = async {
            let mut rows = std::pin::pin!(self.open.session.query_unnamed(&changed).await?);
            let mut relations = Vec::new();
            while let Some(row) = rows.try_next().await? {
                relations.push(row.try_get::<_, i64>(0)?);
            }
            Ok(relations)
        };
        match read.await {
            Ok(relations) => {
                let relations = relations.into_iter().filter_map(|oid| u32::try_from(oid).ok());
                self.changes
                    .relations
                    .extend(relations.map(|oid| (oid, description)));
                Ok(())
            }
            Err(error) => Err(Failure::of(RequestError::Postgres(error), false)),
        }
    }

    /// The error of a write that the database refuses. It is looked for in a savepoint of its own.
    async fn refusal(&mut self, job: &WriteJob, failure: Failure) -> VerbEnd {
        let limit = self.write_time();
        VerbEnd::Undone(match failure {
            Failure::Locked => LOCKED,
            Failure::ReadOnly => READ_ONLY,
            Failure::Unavailable(reason) => Error::Unavailable(reason),
            Failure::Cancelled if job.since.elapsed() < limit => CANCELLED,
            Failure::Cancelled => Error::Query(QueryError::WriteTimeout {
                manager: job.table.description().name(),
                limit,
            }),
            failure => {
                let open = self.open.clone();
                let requests = self.requests(&open);
                let opened = self.execute(&requests, None, &Statement::new("SELECT")).await;
                if opened.is_err() {
                    return VerbEnd::Broken;
                }
                let error = constraint_errors::error_of(&open.session, job.into(), failure).await;
                if let Err(end) = self.undo().await {
                    return end;
                }
                error
            }
        })
    }

    /// Carries out a read. An error undoes what it did to the session.
    pub(super) async fn read(
        &mut self,
        description: &'static Description,
        clock: &ReadClock,
        read: &AnswerRead,
    ) -> Result<Answer, VerbEnd> {
        let mut is_repeated = false;
        self.next_verb();
        loop {
            let open = self.open.clone();
            // Sent first, since it is polled first.
            let opening = open
                .session
                .batch(self.verb_savepoint.opening().unwrap_or_default());
            let (opened, answer) = join(opening, read(Arc::clone(&open.session))).await;
            if let Err(error) = opened {
                let failure = Failure::of(RequestError::Postgres(error), false);
                return Err(VerbEnd::of(&failure).unwrap_or(VerbEnd::Broken));
            }
            self.verb_savepoint = Savepoint::Current;
            let error = match answer {
                Ok(answer) => return Ok(answer),
                Err(ReadError::Failed(error)) => {
                    self.undo().await?;
                    return Err(VerbEnd::Undone(error));
                }
                Err(ReadError::Database(error)) => error,
            };
            if is_conflict(&error) {
                return Err(VerbEnd::Conflict);
            }
            self.undo().await?;
            if is_stale_statement(&error) && !std::mem::replace(&mut is_repeated, true) {
                self.forget_statements();
                continue;
            }
            return Err(VerbEnd::Undone(clock.error(description, Duration::ZERO, &error)));
        }
    }
}

fn is_conflict(error: &tokio_postgres::Error) -> bool {
    let code = error.code();
    code == Some(&SqlState::T_R_SERIALIZATION_FAILURE) || code == Some(&SqlState::T_R_DEADLOCK_DETECTED)
}

/// The payload of a write's notification. `None` if the table's trigger sends it.
fn payload_of(description: &Description, row: &Row) -> Option<String> {
    row.try_get::<_, Option<String>>(payload_column(description))
        .ok()
        .flatten()
}
