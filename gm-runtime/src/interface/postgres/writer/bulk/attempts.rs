//! The attempts to carry out a write of many rows.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::super::super::error::of_statement;
use super::super::super::locked_query::LockedQuery;
use super::super::super::table::Table;
use super::super::connection::{Connection, Open};
use super::super::failure::{CANCELLED, Failure, LOCKED, NO_CONNECTION, READ_ONLY};
use super::super::outcome::{Outcome, outcome_of};
use super::super::task::OPENING_TIME;
use super::super::transaction::{Attempt, End, Isolation, Transaction};
use super::requests::{Requests, Stop};
use super::transaction::BulkTransaction;
use crate::change::Change;
use crate::error::Error;
use crate::interface::{BulkClock, BulkRequest, BulkWritten};

/// The most attempts of a write whose connection breaks, or between whose statements other transactions come.
const MAX_ATTEMPTS: u8 = 4;

/// The time that the server has for an answer beyond the time limit of the write.
const GRACE: Duration = Duration::from_secs(1);

/// A write of many rows, which is carried out again where that helps.
pub(super) struct Attempts<'w> {
    pub(super) connection: &'w mut Connection,
    pub(super) table: &'w Arc<Table>,
    pub(super) request: &'w BulkRequest,
    pub(super) query: Option<&'w LockedQuery>,
    pub(super) busy_timeout: Duration,
    /// Whether rows are locked when they are read. The rows of some views can't be.
    pub(super) locks_rows: bool,
}

/// What follows an attempt.
enum Next {
    Answer(Result<BulkWritten, Error>),
    Again(Error),
}

impl Attempts<'_> {
    /// Carries out the write.
    pub(super) async fn run(mut self) -> Result<BulkWritten, Error> {
        let clock = self.request.clock(self.table.description());
        let mut last = NO_CONNECTION;
        for _ in 0..MAX_ATTEMPTS {
            clock.check()?;
            let opening_time = self.busy_timeout.max(OPENING_TIME);
            let open = timeout(opening_time, self.connection.session()).await;
            let open = open.unwrap_or(Err(NO_CONNECTION))?;
            match self.attempt(&open, clock).await {
                Next::Answer(answer) => return answer,
                Next::Again(error) => last = error,
            }
        }
        Err(last)
    }

    async fn attempt(&mut self, open: &Open, clock: BulkClock) -> Next {
        let transaction = Transaction {
            session: &open.session,
            prepared: &open.prepared,
            attempt: Attempt {
                has_savepoints: true,
                skips_locked: false,
                needs_transaction: true,
                lock_timeout: self.busy_timeout,
            },
            statement_timeout: clock.left(),
            reply_limit: clock.left().saturating_add(GRACE),
            commit_lock_timeout: self.busy_timeout,
            answers: None,
        };
        let mut bulk = BulkTransaction {
            requests: Requests {
                transaction,
                table: self.table,
                request: self.request,
            },
            query: self.query,
            isolation: match self.locks_rows {
                true => Isolation::Statement,
                false => Isolation::Transaction,
            },
            clock,
            id: None,
        };
        let executed = timeout(clock.left(), bulk.execute()).await;
        let written = match executed {
            Ok(Ok(written)) => written,
            Ok(Err(Stop::Refused(error))) => {
                bulk.requests.transaction.roll_back().await;
                return Next::Answer(Err(error));
            }
            Ok(Err(Stop::Failed(failure))) => {
                bulk.requests.transaction.roll_back().await;
                return self.failed(failure, clock);
            }
            Err(_) => {
                // The server ends the transaction with the session.
                self.connection.discard();
                open.session.cancel().await;
                return Next::Answer(Err(self.timeout()));
            }
        };
        let (end, id) = (bulk.commit().await, bulk.id.take());
        self.ended(open, end, id, written, clock).await
    }

    async fn ended(
        &mut self,
        open: &Open,
        end: End,
        id: Option<String>,
        written: BulkWritten,
        clock: BulkClock,
    ) -> Next {
        match end {
            End::Committed => {}
            End::Violated(failure) | End::CommitFailed(failure) => return self.failed(failure, clock),
            End::RolledBack | End::Replayed | End::TableLocked | End::Broken => {
                self.connection.discard();
                return Next::Again(NO_CONNECTION);
            }
            End::Unknown { .. } => {
                self.connection.discard();
                let outcome = match id {
                    Some(id) => {
                        let (connector, process) = (self.connection.connector(), open.session.backend_pid());
                        let deadline = Instant::now() + self.busy_timeout;
                        outcome_of(connector, &id, &open.epoch, process, deadline).await
                    }
                    None => Outcome::Unknown,
                };
                match outcome {
                    Outcome::Committed => {}
                    Outcome::RolledBack => return Next::Again(NO_CONNECTION),
                    Outcome::Unknown => {
                        let manager = self.table.description().name();
                        return Next::Answer(Err(Error::OutcomeUnknown { manager }));
                    }
                }
            }
        }
        if written.rows > 0 && self.table.relation().oid().is_none() {
            // No replica can name the relation.
            self.table.relation().publish(&Change::refresh());
        }
        Next::Answer(Ok(written))
    }

    /// What follows a failure that is no fault of one row.
    fn failed(&mut self, failure: Failure, clock: BulkClock) -> Next {
        let description = self.table.description();
        Next::Answer(Err(match failure {
            Failure::Broken { .. } | Failure::NotRun => {
                self.connection.discard();
                return Next::Again(NO_CONNECTION);
            }
            Failure::StaleStatement => {
                self.connection.discard();
                return Next::Again(NO_CONNECTION);
            }
            Failure::Contended => return Next::Again(LOCKED),
            Failure::NotLockable if self.locks_rows => {
                self.locks_rows = false;
                return Next::Again(LOCKED);
            }
            Failure::Locked | Failure::NotLockable | Failure::KeyTaken | Failure::KeyLocked => LOCKED,
            Failure::Cancelled if clock.left().is_zero() => self.timeout(),
            Failure::Cancelled => CANCELLED,
            Failure::Unavailable(reason) => Error::Unavailable(reason),
            Failure::ReadOnly => {
                self.connection.discard();
                READ_ONLY
            }
            Failure::IdsUsedUp => Error::storage(anyhow::anyhow!(
                "there are no ids left for `{}`: the sequence of the table `{}` has reached its highest value",
                description.name(),
                self.table.name()
            )),
            // What is deferred to the commit, which does not say which row it is about.
            Failure::Refused(_) => Error::taken(description.name(), None),
            Failure::Fault(error) => of_statement(description, &error),
        }))
    }

    fn timeout(&self) -> Error {
        self.request.limits.timeout(self.table.description().name())
    }
}
