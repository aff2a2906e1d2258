//! A transaction on the writing thread: its steps, each write in a savepoint, until its commit or its time limit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::bulk_job::BulkJob;
use super::bulk_rows::{FieldsChange, fold, join};
use super::error;
use super::job::WriteJob;
use super::table::Table;
use super::topics::Refreshes;
use super::transaction_job::{EarlyEnd, Step, TransactionJob};
use super::writer::Writer;
use crate::change::Change;
use crate::error::{Error, QueryError, TransactionError};
use crate::interface::{InFlight, SavepointCommand, TransactionChanges};
use crate::manager::Description;
use crate::trace::{self, TraceContext};

/// The changes of a transaction, until its commit.
type Changes = TransactionChanges<Arc<Table>, FieldsChange>;

/// A transaction that has begun.
struct Running {
    /// `None` for a limit beyond the range of the clock.
    deadline: Option<Instant>,
    limit: Duration,
    early_end: EarlyEnd,
    changes: Changes,
    /// The changes at the savepoint.
    saved: Option<Changes>,
    trace: Option<TraceContext>,
}

impl Running {
    /// Adds the change of a write to this table.
    fn add(&mut self, table: &Arc<Table>, mut change: FieldsChange) {
        let description = table.description();
        let joined = self.changes.join(|manager, earlier| {
            let is_own = std::ptr::eq(manager, description);
            is_own.then(|| join(earlier, &change, description)).flatten()
        });
        if joined {
            return;
        }
        // The images of a struct do not have what another struct of the table wrote to the row, so neither can be judged.
        for (manager, (earlier, _)) in self.changes.iter_mut() {
            // A refresh may be of any row.
            let is_of_row =
                earlier.id().is_none() || change.0.id().is_none() || earlier.id() == change.0.id();
            let is_of_table = !std::ptr::eq(manager, description) && is_same_table(manager, description);
            if is_of_row && is_of_table {
                *earlier = earlier.as_action(earlier.action());
                change.0 = change.0.as_action(change.0.action());
            }
        }
        let is_refresh = change.0.id().is_none();
        self.changes
            .add(description, || Arc::clone(table), (change, is_refresh), fold);
    }

    fn late(&self) -> TransactionError {
        TransactionError::TimeLimit { limit: self.limit }
    }

    fn remaining(&self) -> Duration {
        let remaining = self
            .deadline
            .map(|end| end.saturating_duration_since(Instant::now()));
        remaining.unwrap_or(Duration::MAX)
    }
}

fn is_same_table(one: &Description, other: &Description) -> bool {
    match (one.table(), other.table()) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => false,
    }
}

impl Writer {
    /// Carries out a transaction. All other writes wait meanwhile.
    pub(super) fn carry_out_transaction(&mut self, job: TransactionJob) {
        let TransactionJob {
            steps,
            begun,
            limit,
            early_end,
            in_flight,
            trace,
        } = job;
        if begun.is_closed() {
            // The caller has gone while the transaction waited for its turn.
            return;
        }
        let is_begun = self.begin();
        let has_failed = is_begun.is_err();
        if begun.send(is_begun).is_err() || has_failed {
            self.roll_back();
            return;
        }
        let running = Running {
            deadline: Instant::now().checked_add(limit),
            limit,
            early_end: early_end.clone(),
            changes: Changes::default(),
            saved: None,
            trace,
        };
        self.carry_out_steps(&steps, running, in_flight);
        early_end.end(&steps);
    }

    fn carry_out_steps(&mut self, steps: &Receiver<Step>, mut running: Running, in_flight: InFlight) {
        loop {
            let step = match running.deadline {
                Some(deadline) => steps.recv_deadline(deadline),
                None => steps.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match step {
                Ok(Step::Write(job)) => {
                    self.write_in_transaction(job, &mut running);
                    if running.early_end.get().is_some() {
                        self.roll_back();
                        return;
                    }
                }
                Ok(Step::WriteMany(job)) => {
                    self.write_many_in_transaction(*job, &mut running);
                    if self.connection.is_autocommit() {
                        return;
                    }
                }
                Ok(Step::Read(read)) => {
                    // A panic drops the reply channel, so the caller receives an error.
                    if catch_unwind(AssertUnwindSafe(|| read(&self.connection))).is_err() {
                        tracing::error!("a read of a transaction panicked");
                    }
                }
                Ok(Step::Answer(step)) => step(&self.answers, &self.connection),
                Ok(Step::Savepoint(command, reply)) => {
                    let result = self.savepoint(command, &mut running);
                    let has_failed = result.is_err();
                    if has_failed {
                        running.early_end.set(TransactionError::RolledBack);
                        self.roll_back();
                    }
                    let _ = reply.send(result);
                    if has_failed {
                        return;
                    }
                }
                Ok(Step::Commit(reply)) => {
                    let committed = self.commit_transaction(&running.changes, running.trace);
                    drop(in_flight);
                    let _ = reply.send(committed);
                    return;
                }
                Ok(Step::RollBack(reply)) => {
                    self.roll_back();
                    let _ = reply.send(());
                    return;
                }
                Err(ended) => {
                    if ended == RecvTimeoutError::Timeout {
                        running.early_end.set(running.late());
                    }
                    self.roll_back();
                    return;
                }
            }
        }
    }

    fn savepoint(&self, command: SavepointCommand, running: &mut Running) -> Result<(), Error> {
        match command {
            SavepointCommand::Set => {
                running.saved = Some(running.changes.clone());
                self.execute("SAVEPOINT steps")
            }
            SavepointCommand::Release => self.execute("RELEASE steps"),
            SavepointCommand::RollBack => {
                if let Some(changes) = running.saved.take() {
                    running.changes = changes;
                }
                self.execute("ROLLBACK TO steps")?;
                self.execute("RELEASE steps")
            }
        }
    }

    /// Executes a write of a transaction, and answers it.
    fn write_in_transaction(&self, job: WriteJob, running: &mut Running) {
        let remaining = running.remaining();
        let result = match self.execute_in_savepoint(&job, self.write_time.min(remaining)) {
            Ok(executed) => {
                if let Some(change) = executed.change {
                    running.add(&job.table, (change, executed.changed_fields));
                }
                Ok(executed.result)
            }
            // The time of the transaction ended the write.
            Err(Error::Query(QueryError::WriteTimeout { limit, .. })) if limit == remaining => {
                running.early_end.set(running.late());
                Err(running.late().into())
            }
            Err(error) => Err(error),
        };
        if self.connection.is_autocommit() {
            // SQLite rolled back by itself, as at a full disk.
            running.early_end.set(TransactionError::RolledBack);
        }
        job.answer(result);
    }

    /// Executes a write of many rows of a transaction, and answers it.
    fn write_many_in_transaction(&self, job: BulkJob, running: &mut Running) {
        let remaining = running.remaining();
        let limit = job.request.limits.time.min(remaining);
        let result = match self.in_savepoint(|| self.execute_bulk(&job, limit)) {
            Ok(outcome) => {
                for change in outcome.changes {
                    running.add(&job.table, change);
                }
                Ok(outcome.written)
            }
            // The time of the transaction ended the write.
            Err(Error::Query(QueryError::BulkTimeout { limit, .. })) if limit == remaining => {
                running.early_end.set(running.late());
                Err(running.late().into())
            }
            Err(error) => Err(error),
        };
        if self.connection.is_autocommit() {
            running.early_end.set(TransactionError::RolledBack);
        }
        job.answer(result);
    }

    fn commit_transaction(&mut self, changes: &Changes, trace: Option<TraceContext>) -> Result<(), Error> {
        self.answers.remove_ended(&self.connection);
        let commit = self
            .connection
            .prepare_cached("COMMIT")
            .and_then(|mut commit| commit.execute([]));
        let mut refreshes = Refreshes::default();
        let result = match commit {
            Ok(_) => {
                // Subscribers are notified before the caller is answered.
                trace::within(trace, || {
                    for (table, (change, changed_fields)) in changes.iter() {
                        table
                            .topic()
                            .publish(change, changed_fields.as_deref(), &mut refreshes);
                    }
                });
                self.side_effects.take(&self.topics, &mut refreshes);
                Ok(())
            }
            Err(failure) => {
                self.roll_back();
                tracing::error!(error = %failure, "the commit of a transaction failed");
                // A constraint that is checked at the commit, such as a deferred foreign key. SQLite does not say which.
                let error = match changes.iter().last() {
                    Some((table, ..)) => table.error(failure),
                    None => error::or_storage(failure, "a commit"),
                };
                let certainly_not_written = matches!(error, Error::Conflict { .. } | Error::Unavailable(_));
                if !certainly_not_written {
                    // The commit may have taken effect, so subscribers must read again.
                    for (table, ..) in changes.iter() {
                        table.topic().publish(&Change::refresh(), None, &mut refreshes);
                    }
                    self.side_effects.take(&self.topics, &mut refreshes);
                }
                Err(error)
            }
        };
        refreshes.publish();
        result
    }
}
