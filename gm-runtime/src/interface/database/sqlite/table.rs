//! The rows of one manager, on a connection.

use std::sync::Arc;

use rusqlite::types::ToSqlOutput;
use rusqlite::{CachedStatement, Connection, params_from_iter};
use sea_query::SqliteQueryBuilder;

use super::error;
use super::query::BuiltQuery;
use super::rows::Rows;
use super::topics::TableTopics;
use super::values::{MAX_DECIMAL_DIGITS, encode};
use crate::change::{Action, Change};
use crate::error::Error;
use crate::field::{Value, ValueType};
use crate::interface::database::sql;
use crate::interface::{Write, Written};
use crate::manager::{Description, Record, Records, Values};
use crate::query::Select;

/// A manager's table, and the statements whose text is always the same.
pub(super) struct Table {
    description: &'static Description,
    name: &'static str,
    get: String,
    insert: String,
    delete: String,
    topics: Arc<TableTopics>,
}

/// A write that waits for its commit.
pub(super) struct Carried {
    pub(super) written: Written,
    /// What subscribers are told once it is committed; absent when nothing is different.
    pub(super) change: Option<Change>,
}

impl Table {
    pub(super) fn new(
        description: &'static Description,
        name: &'static str,
        topics: Arc<TableTopics>,
    ) -> Result<Self, Error> {
        check(description)?;
        Ok(Self {
            description,
            name,
            get: sql::by_id(description, name).build(SqliteQueryBuilder).0,
            insert: sql::insert(description, name).build(SqliteQueryBuilder).0,
            delete: sql::delete(description, name).build(SqliteQueryBuilder).0,
            topics,
        })
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn topics(&self) -> &TableTopics {
        &self.topics
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
            Some(row) => into.push(self.description, row).map(|()| true),
            None => Ok(false),
        }
    }

    /// Turns a query into SQL.
    pub(super) fn build(&self, select: &Select) -> Result<BuiltQuery, Error> {
        BuiltQuery::new(self.description, self.name, select)
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
        let mut row = Vec::with_capacity(self.description.fields().len());
        let mut statement = self.prepare(connection, &self.insert)?;
        let mut place = 0;
        for (index, _) in (0_u16..).zip(self.description.fields()) {
            let value = values.get(index).unwrap_or(&Value::Null);
            if !(assigned && index == id_index) {
                place += 1;
                statement
                    .raw_bind_parameter(place, self.encode(index, value)?)
                    .map_err(|error| self.error(error))?;
            }
            row.push(value.clone());
        }
        statement.raw_execute().map_err(|error| self.error(error))?;
        let mut row = Record::new(row);
        if assigned {
            row.set(id_index, Value::Integer(connection.last_insert_rowid()));
        }
        // The write is undone where the row is not valid.
        self.description.validate(&row)?;
        Ok(Carried {
            change: Some(Change::row(Action::Create, row.get(id_index).clone())),
            written: Written::Row(row),
        })
    }

    fn update(&self, connection: &Connection, id: &Value, values: &Values) -> Result<Carried, Error> {
        let Some(mut row) = self.get(connection, id)? else {
            return Ok(Carried {
                written: Written::Missing,
                change: None,
            });
        };
        let different: Vec<_> = values
            .iter()
            .filter(|(field, value)| *field != self.description.id_index() && row.get(*field) != *value)
            .collect();
        if different.is_empty() {
            return Ok(Carried {
                written: Written::Row(row),
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
        self.prepare(connection, &text)?
            .execute(params_from_iter(parameters))
            .map_err(|error| self.error(error))?;
        for (field, value) in different {
            row.set(field, value.clone());
        }
        self.description.validate(&row)?;
        Ok(Carried {
            written: Written::Row(row),
            change: Some(Change::row(Action::Update, id.clone())),
        })
    }

    fn delete(&self, connection: &Connection, id: &Value) -> Result<Carried, Error> {
        let deleted = self
            .prepare(connection, &self.delete)?
            .execute([self.id(id)?])
            .map_err(|error| self.error(error))?;
        Ok(if deleted == 0 {
            Carried {
                written: Written::Missing,
                change: None,
            }
        } else {
            Carried {
                written: Written::Deleted,
                change: Some(Change::row(Action::Delete, id.clone())),
            }
        })
    }

    fn prepare<'c>(&self, connection: &'c Connection, text: &str) -> Result<CachedStatement<'c>, Error> {
        connection.prepare_cached(text).map_err(|error| self.error(error))
    }

    fn id<'v>(&self, id: &'v Value) -> Result<ToSqlOutput<'v>, Error> {
        self.encode(self.description.id_index(), id)
    }

    fn encode<'v>(&self, field: u16, value: &'v Value) -> Result<ToSqlOutput<'v>, Error> {
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
