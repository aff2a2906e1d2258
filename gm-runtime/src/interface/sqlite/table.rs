//! The rows of one manager, on a connection.

use std::sync::Arc;

use rusqlite::types::ToSqlOutput;
use rusqlite::{CachedStatement, Connection, params_from_iter};
use sea_query::SqliteQueryBuilder;

use super::error;
use super::query::BuiltQuery;
use super::row_sink::{Rows, of_row};
use super::topics::Shown;
use super::values::{MAX_DECIMAL_DIGITS, column, encode};
use crate::change::{Action, Change};
use crate::error::Error;
use crate::field::{Value, ValueType};
use crate::interface::{Write, Written, sql};
use crate::manager::{Description, Record, Records, Values};
use crate::query::Select;

/// A manager's table, and the statements whose text is always the same.
pub(super) struct Table {
    description: &'static Description,
    name: &'static str,
    get: String,
    insert: String,
    delete: String,
    shown: Arc<Shown>,
}

/// A write that waits for its commit.
pub(super) struct Carried {
    pub(super) done: Done,
    /// What subscribers are told once it is committed; absent when nothing is different.
    pub(super) change: Option<Change>,
}

/// What a write has done.
pub(super) enum Done {
    /// There is a row of the values that were sent; its id, where the database assigned it.
    Created(Option<i64>),
    /// Anything else, with what is told of it.
    Other(Written),
}

/// A row before it is updated.
struct Before {
    row: Record,
    /// The fields whose stored value does not fit them.
    unreadable: Vec<u16>,
}

/// How many rows a connection had changed before a statement.
struct Counted<'c> {
    connection: &'c Connection,
    before: u64,
}

/// What a statement that writes one row has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// Nothing.
    None,
    /// The row, as it was sent, and no other.
    TheRow,
    /// Other rows, or the row more than once: SQLite counts what triggers and foreign keys change too.
    More,
}

impl<'c> Counted<'c> {
    fn before(connection: &'c Connection) -> Self {
        Self {
            connection,
            before: connection.total_changes(),
        }
    }

    /// What was changed by a statement that SQLite says has itself written this many rows: none of a view, and none
    /// that a trigger has it ignore.
    fn after(&self, written: usize) -> Effect {
        match (
            self.connection.total_changes().saturating_sub(self.before),
            written,
        ) {
            (0, _) => Effect::None,
            (1, 1) => Effect::TheRow,
            _ => Effect::More,
        }
    }
}

impl Table {
    pub(super) fn new(description: &'static Description, shown: Arc<Shown>) -> Result<Self, Error> {
        check(description)?;
        let name = shown.table();
        Ok(Self {
            description,
            name,
            get: sql::by_id(description, name).build(SqliteQueryBuilder).0,
            insert: sql::insert(description, name).build(SqliteQueryBuilder).0,
            delete: sql::delete(description, name).build(SqliteQueryBuilder).0,
            shown,
        })
    }

    pub(super) fn description(&self) -> &'static Description {
        self.description
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Who is told of its changes.
    pub(super) fn shown(&self) -> &Shown {
        &self.shown
    }

    /// Prepares what is always the same: SQLite says whether it can be done at all, which a view's triggers decide.
    pub(super) fn prepare_all(&self, connection: &Connection) -> Result<(), Error> {
        for text in [&self.get, &self.insert, &self.delete] {
            connection.prepare_cached(text).map_err(|error| {
                error::general(&error).unwrap_or_else(|| {
                    Error::Configuration(format!(
                        "the table `{}` does not fit `{}`: {error}; a manager reads and writes a table, and what is \
                         something else needs storage of its own (`.interface::<{1}>(..)`)",
                        self.name,
                        self.description.name()
                    ))
                })
            })?;
        }
        Ok(())
    }

    pub(super) fn get(&self, connection: &Connection, id: &Value) -> Result<Option<Record>, Error> {
        let mut found = Records::new(self.description);
        self.get_into(connection, id, &mut found)?;
        Ok(found.into_first())
    }

    /// Reads the row of this id into `rows`, and says whether there is one.
    pub(super) fn get_into(
        &self,
        connection: &Connection,
        id: &Value,
        into: &mut impl Rows,
    ) -> Result<bool, Error> {
        let mut statement = self.prepare(connection, &self.get)?;
        let mut rows = statement
            .query([self.id(id)?])
            .map_err(|error| self.error(error))?;
        match rows.next().map_err(|error| self.error(error))? {
            Some(row) => match into.push(self.description, row) {
                Ok(()) => Ok(true),
                Err(error) => Err(of_row(self.description, row, error)),
            },
            None => Ok(false),
        }
    }

    /// Turns a query into SQL.
    pub(super) fn build(&self, select: &Select) -> Result<BuiltQuery, Error> {
        BuiltQuery::new(self.description, self.name, select)
    }

    /// What the sender of this write is told once it is done. The row of a create is made here, of the values that were
    /// sent, and in the sender's thread.
    pub(super) fn written(&self, done: Done, write: Write) -> Written {
        match (done, write) {
            (Done::Created(id), Write::Create(values)) => Written::Row(self.row(values, id)),
            // Only a create is done so; of anything else the row is not known here.
            (Done::Created(_), _) => Written::Unreadable,
            (Done::Other(written), _) => written,
        }
    }

    fn row(&self, values: Values, id: Option<i64>) -> Record {
        let mut row = values.into_record(self.description.fields().len());
        if let Some(id) = id {
            row.set(self.description.id_index(), Value::Integer(id));
        }
        row
    }

    /// Carries a write out in the connection's transaction.
    pub(super) fn write(&self, connection: &Connection, write: &Write) -> Result<Carried, Error> {
        match write {
            Write::Create(values) => self.create(connection, values),
            Write::Update(id, values) => self.update(connection, id, values),
            Write::Delete(id, _) => self.delete(connection, id),
        }
    }

    fn create(&self, connection: &Connection, values: &Values) -> Result<Carried, Error> {
        let assigned = self.description.id_assigned();
        let id_index = self.description.id_index();
        let mut statement = self.prepare(connection, &self.insert)?;
        let mut place = 0;
        for (index, _) in (0_u16..).zip(self.description.fields()) {
            if !(assigned && index == id_index) {
                let value = values.get(index).unwrap_or(&Value::Null);
                place += 1;
                statement
                    .raw_bind_parameter(place, self.encode(index, value)?)
                    .map_err(|error| self.error(error))?;
            }
        }
        let counted = Counted::before(connection);
        let inserted = statement
            .raw_execute()
            .map_err(|error| self.refused_create(connection, error, values))?;
        let effect = counted.after(inserted);
        if effect == Effect::None {
            // The last row's id would be that of another one.
            return Err(self.ignored());
        }
        if inserted == 0 && assigned {
            // A trigger has put something else in its place, of an id that is not known.
            return Ok(Carried {
                done: Done::Other(Written::Unreadable),
                change: Some(Change::refresh()),
            });
        }
        let assigned = assigned.then(|| connection.last_insert_rowid());
        let id = match assigned {
            Some(id) => Value::Integer(id),
            None => values.get(id_index).cloned().unwrap_or_default(),
        };
        let done = if effect == Effect::TheRow {
            if self.description.validation().is_some() {
                // The write is undone where the row is not valid.
                self.description.validate(&self.row(values.clone(), assigned))?;
            }
            Done::Created(assigned)
        } else {
            Done::Other(self.stored(connection, &id)?)
        };
        Ok(Carried {
            change: Some(Change::row(Action::Create, id)),
            done,
        })
    }

    /// The row as a write has left it that changed more than the row: a trigger or a foreign key may have changed it too.
    fn stored(&self, connection: &Connection, id: &Value) -> Result<Written, Error> {
        let Some(row) = self.get(connection, id)? else {
            return Ok(Written::Unreadable);
        };
        self.description.validate(&row)?;
        Ok(Written::Row(row))
    }

    fn update(&self, connection: &Connection, id: &Value, values: &Values) -> Result<Carried, Error> {
        let Some(before) = self.before(connection, id, values)? else {
            return Ok(Carried {
                done: Done::Other(Written::Missing),
                change: None,
            });
        };
        let Before { mut row, unreadable } = before;
        let is_different = |field: u16, value: &Value| unreadable.contains(&field) || row.get(field) != value;
        let different: Vec<_> = values
            .iter()
            .filter(|(field, value)| *field != self.description.id_index() && is_different(*field, value))
            .collect();
        if different.is_empty() {
            return Ok(Carried {
                done: Done::Other(Written::Row(row)),
                change: None,
            });
        }
        let fields = different.iter().map(|(field, _)| *field);
        let (text, _) = sql::update(self.description, self.name, fields).build(SqliteQueryBuilder);
        let mut parameters = different
            .iter()
            .map(|(field, value)| self.encode(*field, value))
            .collect::<Result<Vec<_>, _>>()?;
        parameters.push(self.id(id)?);
        let counted = Counted::before(connection);
        let updated = self
            .prepare(connection, &text)?
            .execute(params_from_iter(parameters))
            .map_err(|error| self.refused_update(connection, error, id, values))?;
        let written = match counted.after(updated) {
            Effect::None => return Err(self.ignored()),
            Effect::TheRow => {
                for (field, value) in different {
                    row.set(field, value.clone());
                }
                self.description.validate(&row)?;
                Written::Row(row)
            }
            Effect::More => self.stored(connection, id)?,
        };
        Ok(Carried {
            done: Done::Other(written),
            change: Some(Change::row(Action::Update, id.clone())),
        })
    }

    /// The row that is to get these values, if there is one. What can't be read must be among them, and is mended so.
    fn before(&self, connection: &Connection, id: &Value, values: &Values) -> Result<Option<Before>, Error> {
        let mut statement = self.prepare(connection, &self.get)?;
        let mut rows = statement
            .query([self.id(id)?])
            .map_err(|error| self.error(error))?;
        let Some(found) = rows.next().map_err(|error| self.error(error))? else {
            return Ok(None);
        };
        let mut row = Vec::with_capacity(self.description.fields().len());
        let mut unreadable = Vec::new();
        for (place, field) in (0_u16..).zip(self.description.fields()) {
            row.push(match column(self.description, found, place, field) {
                Ok(value) => value.into(),
                Err(Error::Record { .. }) if values.get(place).is_some() => {
                    unreadable.push(place);
                    Value::Null
                }
                Err(error) => return Err(of_row(self.description, found, error)),
            });
        }
        Ok(Some(Before {
            row: Record::new(row),
            unreadable,
        }))
    }

    fn delete(&self, connection: &Connection, id: &Value) -> Result<Carried, Error> {
        let counted = Counted::before(connection);
        let deleted = self
            .prepare(connection, &self.delete)?
            .execute([self.id(id)?])
            .map_err(|error| self.error(error))?;
        // Where there is no such row, no trigger runs: one that changed something carried it out in its own way.
        let is_done = counted.after(deleted) != Effect::None;
        if !is_done && self.get(connection, id)?.is_some() {
            return Err(self.ignored());
        }
        Ok(if !is_done {
            Carried {
                done: Done::Other(Written::Missing),
                change: None,
            }
        } else {
            Carried {
                done: Done::Other(Written::Deleted),
                change: Some(Change::row(Action::Delete, id.clone())),
            }
        })
    }

    /// A write that SQLite leaves out without an error: `ON CONFLICT IGNORE`, or a trigger's `RAISE(IGNORE)`.
    fn ignored(&self) -> Error {
        Error::taken(self.description.name(), None)
    }

    fn prepare<'c>(&self, connection: &'c Connection, text: &str) -> Result<CachedStatement<'c>, Error> {
        connection.prepare_cached(text).map_err(|error| self.error(error))
    }

    pub(super) fn id<'v>(&self, id: &'v Value) -> Result<ToSqlOutput<'v>, Error> {
        self.encode(self.description.id_index(), id)
    }

    pub(super) fn encode<'v>(&self, field: u16, value: &'v Value) -> Result<ToSqlOutput<'v>, Error> {
        encode(self.description.field(field), value).map_err(|error| self.description.invalid(field, error))
    }

    pub(super) fn error(&self, error: rusqlite::Error) -> Error {
        error::of(self.description, error)
    }
}

/// What SQLite can't keep exactly is refused before anything is written.
fn check(description: &'static Description) -> Result<(), Error> {
    for field in description.fields() {
        if field.value_type() != ValueType::Decimal {
            continue;
        }
        let problem = match field.decimal() {
            None => {
                "has no `max_digits` and `decimal_places`, which a decimal in a database needs".to_owned()
            }
            Some(digits) if digits.max_digits > MAX_DECIMAL_DIGITS => format!(
                "has {} digits; SQLite keeps at most {MAX_DECIMAL_DIGITS} exactly",
                digits.max_digits
            ),
            Some(_) => continue,
        };
        return Err(Error::Configuration(format!(
            "`{}`.`{}` {problem}",
            description.name(),
            field.name()
        )));
    }
    Ok(())
}
