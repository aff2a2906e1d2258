//! A write in a transaction: its statements, and what is known of it so far.

use tokio_postgres::Row;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::super::notification::SideEffects;
use super::super::parameter::Parameter;
use super::super::statement::Statement;
use super::failure::Failure;
use super::job::WriteJob;
use super::statement_cache::StatementCache;
use super::statements::transaction_column;
use crate::change::Action;
use crate::error::Error;
use crate::field::Value;
use crate::interface::sql::{
    DatabaseRow, JudgedWrite, OldRow, created_row, decode_row, judge_delete, judge_update, judges_delete,
};
use crate::interface::{RequestIdentity, StoredAnswer, Write, Written};
use crate::manager::{Description, Values};

/// A write in a transaction.
pub(super) struct Work {
    pub(super) job: WriteJob,
    pub(super) state: State,
    old: Option<OldRow>,
}

/// What is known of a write so far.
pub(super) enum State {
    /// Its row is not locked yet.
    Unjudged,
    /// This statement is to be sent.
    Ready(Statement),
    /// The answer is known, and nothing is written.
    Answered(Result<Written, Error>),
    /// The statement was carried out, and is not committed yet. A trigger may have skipped it, so that there is no row.
    Executed(Option<Row>),
    /// The statement was carried out, and a trigger removed the row again.
    Gone,
    /// The statement failed.
    Failed(Failure),
}

impl Work {
    pub(super) fn new(job: WriteJob) -> Self {
        Self {
            job,
            state: State::Unjudged,
            old: None,
        }
    }

    fn description(&self) -> &'static Description {
        self.job.table.description()
    }

    /// Whether the stored row is read and locked before the write. A deletion that no rule judges needs this only if other
    /// rows are locked first, so that all are locked in the same order.
    pub(super) fn needs_lock(&self) -> bool {
        match self.job.request.write {
            _ if self.job.only_answer => false,
            Write::Create(_) => false,
            Write::Update(..) => true,
            Write::Delete(..) => judges_delete(&self.job.request),
        }
    }

    /// The statements that report the side effects of the write, if it may have any.
    pub(super) fn side_effects(&self) -> Option<Arc<SideEffects>> {
        if self.job.only_answer {
            return None;
        }
        self.job
            .table
            .relation()
            .side_effects(match self.job.request.write {
                Write::Create(_) => Action::Create,
                Write::Update(..) => Action::Update,
                Write::Delete(..) => Action::Delete,
            })
    }

    /// Whether a row was written.
    pub(super) fn has_written(&self) -> bool {
        matches!(self.state, State::Executed(Some(_)) | State::Gone)
    }

    /// Judges a write that needs no stored row, and makes its statement.
    pub(super) fn prepare(&mut self, statements: &mut StatementCache) {
        let prepared = match &self.job.request.write {
            _ if self.job.only_answer => {
                self.state = State::Answered(Ok(Written::Unreadable));
                return;
            }
            Write::Create(values) => caught(|| self.create(values, statements)),
            Write::Delete(id, _) => self.delete(id, statements),
            Write::Update(..) => return,
        };
        self.state = match prepared {
            Ok(statement) => State::Ready(statement),
            Err(error) => State::Answered(Err(error)),
        };
    }

    fn create(&self, values: &Values, statements: &mut StatementCache) -> Result<Statement, Error> {
        let description = self.description();
        // Before the statement, whose conflict would tell a caller without the permission about other rows.
        if let Some(guard) = self.job.request.guard.as_deref() {
            guard.judge_new(&created_row(description, values.clone(), None))?;
        }
        description.validate_new(values)?;
        let (is_assigned, id_index) = (description.id_assigned(), description.id_index());
        let parameters = (0_u16..)
            .zip(description.fields())
            .filter(|(index, _)| !(is_assigned && *index == id_index))
            .map(|(index, _)| parameter(description, index, values.get(index).unwrap_or(&Value::Null)))
            .collect::<Result<_, _>>()?;
        Ok(Statement {
            text: statements.of(&self.job.table).insert.clone(),
            parameters,
        })
    }

    fn delete(&self, id: &Value, statements: &mut StatementCache) -> Result<Statement, Error> {
        Ok(Statement {
            text: statements.of(&self.job.table).delete.clone(),
            parameters: vec![parameter(self.description(), self.description().id_index(), id)?],
        })
    }

    /// The statement that reads and locks the stored row. If `skips_locked`, it waits for no lock, and finds no locked row.
    pub(super) fn lock(&mut self, statements: &mut StatementCache, skips_locked: bool) -> Option<Statement> {
        let id = self.job.id()?;
        let description = self.description();
        let texts = statements.of(&self.job.table);
        let text = match skips_locked {
            true => texts.lock_free.clone(),
            false => texts.lock.clone(),
        };
        match parameter(description, description.id_index(), id) {
            Ok(id) => Some(Statement {
                text,
                parameters: vec![id],
            }),
            Err(error) => {
                self.state = State::Answered(Err(error));
                None
            }
        }
    }

    /// Judges the write with the stored row, and makes its statement.
    pub(super) fn judge(&mut self, stored: Option<&Row>, statements: &mut StatementCache) {
        self.state = match caught(|| self.judged(stored, statements)) {
            Ok(state) => state,
            Err(error) => State::Answered(Err(error)),
        };
    }

    fn judged(&mut self, stored: Option<&Row>, statements: &mut StatementCache) -> Result<State, Error> {
        let Some(stored) = stored else {
            return Ok(State::Answered(Ok(Written::Missing)));
        };
        let description = self.description();
        let mut old = OldRow::decode(description, stored)?;
        let request = &self.job.request;
        let state = match &request.write {
            Write::Update(id, values) => match judge_update(description, &mut old, values, request)? {
                JudgedWrite::Answered(written) => return Ok(State::Answered(Ok(written))),
                JudgedWrite::Refused(denied) => return Err(denied),
                JudgedWrite::Write(changes) => {
                    description.validate_changed(old.row(), &changes.values)?;
                    let parameters = changes
                        .iter()
                        .chain([(description.id_index(), id)])
                        .map(|(field, value)| parameter(description, field, value))
                        .collect::<Result<_, _>>()?;
                    State::Ready(Statement {
                        text: statements
                            .of(&self.job.table)
                            .update(description, &changes.fields),
                        parameters,
                    })
                }
            },
            Write::Delete(id, _) => {
                if judges_delete(request) {
                    match judge_delete(description, Some(&old), request) {
                        JudgedWrite::Answered(written) => return Ok(State::Answered(Ok(written))),
                        JudgedWrite::Refused(denied) => return Err(denied),
                        JudgedWrite::Write(()) => {}
                    }
                }
                State::Ready(self.delete(id, statements)?)
            }
            // A create locks no row.
            Write::Create(_) => return Ok(State::Unjudged),
        };
        self.old = Some(old);
        Ok(state)
    }

    /// Judges the row as it is stored after triggers ran, which may have changed it.
    ///
    /// # Errors
    /// The row is not permitted or not valid, so the write is undone.
    pub(super) fn judge_stored(&self, stored: &Row) -> Result<(), Error> {
        let description = self.description();
        let row = decode_row(description, stored)?;
        if let Some(guard) = self.job.request.guard.as_deref() {
            match (&self.job.request.write, &self.old) {
                (Write::Create(_), _) => guard.judge_create(&row)?,
                (Write::Update(..), Some(old)) => guard.judge_update(old.known(), &row)?,
                (Write::Update(..), None) | (Write::Delete(..), _) => {}
            }
        }
        caught(|| description.validate(&row))
    }

    /// The answer to a write that is committed.
    pub(super) fn written(&self) -> Result<Written, Error> {
        let description = self.description();
        let row = match &self.state {
            State::Executed(row) => row.as_ref(),
            _ => return Ok(Written::Unreadable),
        };
        match (&self.job.request.write, row) {
            (Write::Delete(..), Some(_)) => Ok(Written::Deleted),
            (_, Some(row)) => match decode_row(description, row) {
                Ok(record) => Ok(Written::Row(record)),
                // A trigger of a view did something else, so the id is unknown.
                Err(Error::Record { field, .. })
                    if self.job.is_create() && field == description.id_field().name() =>
                {
                    Ok(Written::Unreadable)
                }
                Err(error) => Err(error),
            },
            // The row was not locked before, so there may be none.
            (Write::Delete(..), None) if self.old.is_none() => Ok(Written::Missing),
            // A trigger skipped the write.
            (_, None) => Err(Error::taken(description.name(), None)),
        }
    }

    /// Whether nothing is written, and an answer is to be stored all the same.
    pub(super) fn awaits_commit(&self) -> bool {
        matches!(&self.state, State::Answered(Ok(_))) && self.stored_answer().is_some()
    }

    /// Whether an earlier request with the same key has an answer.
    pub(super) fn is_replayed(&self) -> bool {
        matches!(self.state, State::Answered(Ok(Written::Replay(_))))
    }

    /// Whether the row was found and locked before the write.
    pub(super) fn has_found(&self) -> bool {
        self.old.is_some()
    }

    /// Whether the write is a deletion that found no row, and nothing says whether there is one.
    pub(super) fn may_be_skipped(&self) -> bool {
        matches!(
            (&self.job.request.write, &self.state, &self.old),
            (Write::Delete(..), State::Executed(None), None)
        )
    }

    /// The statement that reads the written row again.
    pub(super) fn read_again(&self, statements: &mut StatementCache) -> Option<Statement> {
        let State::Executed(Some(row)) = &self.state else {
            return None;
        };
        let description = self.description();
        let id = match &self.job.request.write {
            Write::Create(_) => row.column(description, description.id_index()).ok()?.into(),
            Write::Update(id, _) => id.clone(),
            Write::Delete(..) => return None,
        };
        Some(Statement {
            text: statements.of(&self.job.table).get.clone(),
            parameters: vec![parameter(description, description.id_index(), &id).ok()?],
        })
    }

    /// The answer that is stored for the request of the write. `None` if it has no key, or is refused.
    pub(super) fn stored_answer(&self) -> Option<(&RequestIdentity, StoredAnswer)> {
        let request = self.job.keyed()?;
        let answer = match &self.state {
            State::Executed(_) | State::Gone if !self.may_be_skipped() => {
                request.answer(&self.written().ok()?)?
            }
            State::Answered(Ok(written)) => request.answer(written)?,
            _ => return None,
        };
        Some((&request.id, answer))
    }

    /// The id of the transaction, from the row of the write.
    pub(super) fn transaction(&self) -> Option<String> {
        match &self.state {
            State::Executed(Some(row)) => row.try_get(transaction_column(self.description())).ok(),
            _ => None,
        }
    }
}

/// Runs code of the application, such as its validation. A panic in it fails the write alone.
pub(super) fn caught<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(Error::storage(anyhow::anyhow!(
            "the validation of a write panicked"
        )))
    })
}

/// The value of a field as a parameter.
pub(super) fn parameter(
    description: &'static Description,
    field: u16,
    value: &Value,
) -> Result<Parameter, Error> {
    Parameter::of(description.field(field), value).map_err(|error| description.invalid(field, error))
}
