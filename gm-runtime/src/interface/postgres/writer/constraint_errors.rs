//! Errors of writes, more precise than those of Postgres: which field is taken, or breaks which rule.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use tokio_postgres::Row;
use tokio_postgres::error::{DbError, SqlState};

use super::super::error::of_statement;
use super::super::parameter::Parameter;
use super::super::session::Session;
use super::super::statement::Statement;
use super::super::table::Table;
use super::failure::{Failure, NO_CONNECTION};
use super::job::WriteJob;
use crate::error::{Error, FieldError, conflict};
use crate::field::Value;
use crate::interface::sql::{OldRow, SqlDialect, taken_error, unique_values};
use crate::interface::{Guard, Write, Written};
use crate::manager::Description;

/// The time for finding out which value is in conflict. Other writes wait meanwhile, and a view has no index.
const LOOKUP_TIME: Duration = Duration::from_secs(1);

/// A write that failed.
#[derive(Clone, Copy)]
pub(super) struct FailedWrite<'w> {
    pub(super) table: &'w Table,
    pub(super) write: &'w Write,
    pub(super) guard: Option<&'w Guard>,
}

impl<'w> From<&'w WriteJob> for FailedWrite<'w> {
    fn from(job: &'w WriteJob) -> Self {
        Self {
            table: &job.table,
            write: &job.request.write,
            guard: job.request.guard.as_deref(),
        }
    }
}

impl<'w> FailedWrite<'w> {
    /// The guard of the write, if the caller may not see every row.
    fn guard_of_sight(self) -> Option<&'w Guard> {
        self.guard.filter(|guard| guard.sight.is_some())
    }
}

/// The error of a write that failed alone.
pub(super) async fn error_of(session: &Session, failed: FailedWrite<'_>, failure: Failure) -> Error {
    let description = failed.table.description();
    match failure {
        Failure::Refused(error) => {
            match tokio::time::timeout(LOOKUP_TIME, refusal(session, failed, &error)).await {
                Ok(error) => error,
                Err(_) => {
                    // The statement still runs, and the next write must not wait for it.
                    session.discard();
                    Error::taken(description.name(), None)
                }
            }
        }
        Failure::IdsUsedUp => Error::storage(anyhow::anyhow!(
            "there are no ids left for `{}`: the sequence of the table `{}` has reached its highest value",
            description.name(),
            failed.table.name()
        )),
        Failure::Fault(error) => of_statement(description, &error),
        _ => NO_CONNECTION,
    }
}

/// The answer to a deletion that found no row: there is none, or a trigger skipped the deletion.
pub(super) async fn skipped_or_missing(session: &Session, job: &WriteJob) -> Result<Written, Error> {
    let description = job.table.description();
    let exists = async {
        let id = job.id()?;
        let statement = Statement {
            text: job.table.get.clone(),
            parameters: vec![Parameter::of(description.id_field(), id).ok()?],
        };
        first_row(session, &statement).await
    };
    match tokio::time::timeout(LOOKUP_TIME, exists).await {
        Ok(Some(_)) => Err(Error::taken(description.name(), None)),
        Ok(None) => Ok(Written::Missing),
        Err(_) => {
            // The next write, or the next deletion of the batch, must not wait for it.
            session.discard();
            Ok(Written::Missing)
        }
    }
}

/// Whether the caller of a write may not see the row as it is stored, although another transaction has locked it. Without an answer
/// it counts as seen.
pub(super) async fn is_out_of_sight(session: &Session, job: &WriteJob) -> bool {
    let Some(guard) = FailedWrite::from(job).guard_of_sight() else {
        return false;
    };
    let description = job.table.description();
    let sees = async {
        let statement = Statement {
            text: job.table.get.clone(),
            parameters: vec![Parameter::of(description.id_field(), job.id()?).ok()?],
        };
        let row = first_row(session, &statement).await?;
        let stored = OldRow::decode(description, &row).ok()?;
        Some(guard.sees(stored.known()))
    };
    match tokio::time::timeout(LOOKUP_TIME, sees).await {
        Ok(sees) => sees == Some(false),
        Err(_) => {
            session.discard();
            false
        }
    }
}

/// The error of values that a constraint, a trigger or a limit refuses.
async fn refusal(session: &Session, failed: FailedWrite<'_>, error: &DbError) -> Error {
    let description = failed.table.description();
    let manager = description.name();
    match *error.code() {
        SqlState::UNIQUE_VIOLATION => taken(session, failed).await,
        SqlState::FOREIGN_KEY_VIOLATION if refers_to_it(failed, error) => {
            Error::conflict(manager, None, conflict::REFERRED)
        }
        SqlState::FOREIGN_KEY_VIOLATION => {
            let field = field_of_constraint(session, description, error).await;
            Error::conflict(manager, field, conflict::NOTHING_REFERRED)
        }
        SqlState::CHECK_VIOLATION => {
            let field = field_of_constraint(session, description, error).await;
            Error::conflict(manager, field, conflict::FORBIDDEN)
        }
        SqlState::NOT_NULL_VIOLATION => match field_of_column(description, error.column()) {
            Some(field) => Error::conflict(manager, Some(field), conflict::REQUIRED),
            // No value of the manager would help.
            None => Error::storage(anyhow::anyhow!(
                "the table `{}` requires a value for the column {:?}, which `{manager}` has not: add a default to the column",
                failed.table.name(),
                error.column().unwrap_or_default()
            )),
        },
        // The other row may be out of the caller's sight.
        SqlState::EXCLUSION_VIOLATION if failed.guard_of_sight().is_some() => Error::taken(manager, None),
        SqlState::EXCLUSION_VIOLATION => {
            let field = field_of_constraint(session, description, error).await;
            Error::conflict(manager, field, conflict::EXCLUDED)
        }
        ref code => match code.code().get(..2) {
            // The server does not say which value it is.
            Some("22" | "54") => Error::Invalid {
                manager,
                errors: vec![FieldError::of_row(conflict::DOES_NOT_FIT.to_owned())],
            },
            _ => Error::taken(manager, None),
        },
    }
}

/// The error of a taken value. It names the first field that is taken, and none if the caller may not see the row with the value.
async fn taken(session: &Session, failed: FailedWrite<'_>) -> Error {
    let description = failed.table.description();
    let (id, values) = match failed.write {
        Write::Create(values) => (None, values),
        Write::Update(id, values) => (Some(id), values),
        Write::Delete(..) => return Error::taken(description.name(), None),
    };
    let candidates: Vec<_> = unique_values(description, id, values).collect();
    let Some((field, value)) = first_taken(session, failed, id, &candidates).await else {
        return Error::taken(description.name(), None);
    };
    let is_seen = match failed.guard_of_sight() {
        None => true,
        Some(guard) => is_seen(session, failed, guard, id, field, value)
            .await
            .unwrap_or(false),
    };
    taken_error(description, field, is_seen)
}

async fn first_taken<'v>(
    session: &Session,
    failed: FailedWrite<'_>,
    id: Option<&Value>,
    candidates: &[(u16, &'v Value)],
) -> Option<(u16, &'v Value)> {
    let description = failed.table.description();
    let quote = |name| SqlDialect::Postgres.quote(name);
    let (table, id_column) = (quote(failed.table.name()), quote(description.id_field().column()));
    let others = match id {
        Some(_) => format!(" AND {id_column} <> ${}", candidates.len().saturating_add(1)),
        None => String::new(),
    };
    let columns: Vec<_> = (1..)
        .zip(candidates)
        .map(|(number, (field, _))| {
            let column = quote(description.field(*field).column());
            format!("EXISTS (SELECT FROM {table} WHERE {column} = ${number}{others})")
        })
        .collect();
    if columns.is_empty() {
        return None;
    }
    let parameters = candidates
        .iter()
        .copied()
        .chain(id.map(|id| (description.id_index(), id)))
        .map(|(field, value)| Parameter::of(description.field(field), value).ok())
        .collect::<Option<_>>()?;
    let statement = Statement {
        text: format!("SELECT {}", columns.join(", ")).into(),
        parameters,
    };
    let row = first_row(session, &statement).await?;
    let is_taken = |index: usize| row.try_get(index).unwrap_or(false);
    (0..)
        .zip(candidates)
        .find(|(index, _)| is_taken(*index))
        .map(|(_, candidate)| *candidate)
}

/// Whether the caller may see the other row that has this value.
async fn is_seen(
    session: &Session,
    failed: FailedWrite<'_>,
    guard: &Guard,
    id: Option<&Value>,
    field: u16,
    value: &Value,
) -> Option<bool> {
    let description = failed.table.description();
    let quote = |name| SqlDialect::Postgres.quote(name);
    let columns: Vec<_> = description
        .fields()
        .iter()
        .map(|field| quote(field.column()))
        .collect();
    let mut text = format!(
        "SELECT {} FROM {} WHERE {} = $1",
        columns.join(", "),
        quote(failed.table.name()),
        quote(description.field(field).column())
    );
    let mut parameters = vec![Parameter::of(description.field(field), value).ok()?];
    if let Some(id) = id {
        text.push_str(&format!(" AND {} <> $2", quote(description.id_field().column())));
        parameters.push(Parameter::of(description.id_field(), id).ok()?);
    }
    let text = text.into();
    let row = first_row(session, &Statement { text, parameters }).await?;
    let other = OldRow::decode(description, &row).ok()?;
    Some(guard.sees(other.known()))
}

/// Whether the foreign key is one of rows that refer to the written row.
fn refers_to_it(failed: FailedWrite<'_>, error: &DbError) -> bool {
    matches!(failed.write, Write::Delete(..))
        || error.table().is_some_and(|table| table != failed.table.name())
}

/// The field of a constraint on one column.
async fn field_of_constraint(
    session: &Session,
    description: &'static Description,
    error: &DbError,
) -> Option<&'static str> {
    const COLUMN: &str = "SELECT min(a.attname)::text FROM pg_catalog.pg_constraint AS c \
         JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey) \
         WHERE c.conname = $3 AND c.conrelid = to_regclass(format('%I.%I', $1, $2)) HAVING count(*) = 1";
    let statement = Statement {
        text: COLUMN.into(),
        parameters: vec![
            Parameter::text(error.schema()?),
            Parameter::text(error.table()?),
            Parameter::text(error.constraint()?),
        ],
    };
    let row = first_row(session, &statement).await?;
    field_of_column(description, row.try_get(0).ok())
}

fn field_of_column(description: &'static Description, column: Option<&str>) -> Option<&'static str> {
    let column = column?;
    let mut fields = description.fields().iter();
    fields
        .find(|field| field.column() == column)
        .map(|field| field.name())
}

async fn first_row(session: &Session, statement: &Statement) -> Option<Row> {
    let mut rows = std::pin::pin!(session.query_unnamed(statement).await.ok()?);
    let mut first = None;
    while let Some(row) = rows.try_next().await.ok()? {
        first.get_or_insert(row);
    }
    first
}
