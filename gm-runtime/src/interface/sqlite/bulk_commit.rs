//! A write of many rows in a transaction of its own, between two groups of other writes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::bulk_job::BulkJob;
use super::bulk_rows::BulkOutcome;
use super::cancellation::LimitedWrite;
use super::job::panicked;
use super::topics::Refreshes;
use super::writer::Writer;
use crate::change::Change;
use crate::error::{Error, QueryError};
use crate::trace;

impl Writer {
    /// Carries out a write of many rows, and answers it. It shares its transaction with no other write, so that nothing of it is
    /// executed again for their failures, and its failure undoes nothing of theirs.
    pub(super) fn carry_out_bulk(&mut self, job: BulkJob) {
        let outcome = self
            .begin()
            .and_then(|()| self.execute_bulk(&job, job.request.limits.time));
        match outcome {
            Ok(outcome) => self.commit_bulk(job, outcome),
            Err(error) => {
                self.roll_back();
                job.answer(Err(error));
            }
        }
    }

    /// Executes a write of many rows within this time.
    pub(super) fn execute_bulk(&self, job: &BulkJob, limit: Duration) -> Result<BulkOutcome, Error> {
        let limited = LimitedWrite::new(limit);
        let write = || job.table.write_many(&self.connection, &self.side_effects, job);
        let written = catch_unwind(AssertUnwindSafe(write)).unwrap_or_else(|_| Err(panicked()));
        match written {
            Err(_) if limited.was_ended() => {
                let manager = job.table.description().name();
                Err(QueryError::BulkTimeout { manager, limit }.into())
            }
            written => written,
        }
    }

    fn commit_bulk(&mut self, job: BulkJob, outcome: BulkOutcome) {
        let commit = self
            .connection
            .prepare_cached("COMMIT")
            .and_then(|mut commit| commit.execute([]));
        let topic = job.table.topic();
        let mut refreshes = Refreshes::default();
        let result = match commit {
            Ok(_) => {
                // Subscribers are notified before the caller is answered.
                trace::within(job.trace, || {
                    for (change, fields) in &outcome.changes {
                        topic.publish(change, fields.as_deref(), &mut refreshes);
                    }
                });
                self.side_effects.take(&self.topics, &mut refreshes);
                Ok(outcome.written)
            }
            Err(failure) => {
                self.roll_back();
                tracing::error!(error = %failure, "the commit of a write of many rows failed");
                let error = job.table.error(failure);
                let certainly_not_written = matches!(error, Error::Conflict { .. } | Error::Unavailable(_));
                if !certainly_not_written && !outcome.changes.is_empty() {
                    // The commit may have taken effect, so subscribers must read again.
                    topic.publish(&Change::refresh(), None, &mut refreshes);
                    self.side_effects.take(&self.topics, &mut refreshes);
                }
                Err(error)
            }
        };
        refreshes.publish();
        job.answer(result);
    }
}
