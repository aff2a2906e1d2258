//! Why a write was refused, in more words than SQLite has for it.

use rusqlite::{Connection, ErrorCode, ffi};

use super::error;
use super::table::Table;
use crate::error::Error;
use crate::field::Value;
use crate::interface::sql::SqlDialect;
use crate::manager::Values;

impl Table {
    /// The error of a create.
    pub(super) fn refused_create(
        &self,
        connection: &Connection,
        failure: rusqlite::Error,
        values: &Values,
    ) -> Error {
        if failure.sqlite_error_code() == Some(ErrorCode::DiskFull)
            && self.description().id_assigned()
            && self.ids_are_used_up(connection)
        {
            return self.no_ids_left();
        }
        self.refused(connection, failure, None, values)
    }

    /// The error of an update of this row.
    pub(super) fn refused_update(
        &self,
        connection: &Connection,
        failure: rusqlite::Error,
        id: &Value,
        values: &Values,
    ) -> Error {
        self.refused(connection, failure, Some(id), values)
    }

    /// Where several of the values are taken, SQLite names the one whose index it looked at first: here it is the first
    /// field of the struct, as it is in memory.
    fn refused(
        &self,
        connection: &Connection,
        failure: rusqlite::Error,
        id: Option<&Value>,
        values: &Values,
    ) -> Error {
        let taken = if is_of_uniqueness(&failure) {
            self.first_taken(connection, id, values)
        } else {
            None
        };
        match taken {
            Some(field) => Error::taken(self.description().name(), Some(field)),
            None => error::of(self.description(), failure),
        }
    }

    fn first_taken(
        &self,
        connection: &Connection,
        id: Option<&Value>,
        values: &Values,
    ) -> Option<&'static str> {
        let description = self.description();
        let id_index = description.id_index();
        let given_id = values.get(id_index).filter(|_| id.is_none());
        let unique = values
            .iter()
            .filter(|(field, _)| *field != id_index && description.field(*field).unique());
        given_id
            .map(|id| (id_index, id))
            .into_iter()
            .chain(unique)
            .find(|(field, value)| self.is_taken(connection, *field, value, id).unwrap_or(false))
            .map(|(field, _)| description.field(field).name())
    }

    /// Whether another row than that of this id has the value.
    fn is_taken(
        &self,
        connection: &Connection,
        field: u16,
        value: &Value,
        id: Option<&Value>,
    ) -> Result<bool, Error> {
        let quote = |name| SqlDialect::Sqlite.quote(name);
        let (table, column) = (
            quote(self.name()),
            quote(self.description().field(field).column()),
        );
        let mut text = format!("SELECT 1 FROM {table} WHERE {column} = ?1");
        let mut parameters = vec![self.encode(field, value)?];
        if let Some(id) = id {
            text.push_str(&format!(
                " AND {} <> ?2",
                quote(self.description().id_field().column())
            ));
            parameters.push(self.id(id)?);
        }
        connection
            .prepare_cached(&text)
            .and_then(|mut statement| statement.exists(rusqlite::params_from_iter(parameters)))
            .map_err(|error| self.error(error))
    }

    /// SQLite says that the disk is full where the highest id was given.
    fn ids_are_used_up(&self, connection: &Connection) -> bool {
        let quote = |name| SqlDialect::Sqlite.quote(name);
        let (id, table) = (quote(self.description().id_field().column()), quote(self.name()));
        let highest = |text: &str, parameters: &[&str]| {
            let highest = connection.query_row(text, rusqlite::params_from_iter(parameters), |row| {
                row.get::<_, Option<i64>>(0)
            });
            // Of a table without AUTOINCREMENT there is no number.
            highest.ok().flatten() == Some(i64::MAX)
        };
        highest(
            "SELECT max(seq) FROM sqlite_sequence WHERE name = ?1 COLLATE NOCASE",
            &[self.name()],
        ) || highest(&format!("SELECT max({id}) FROM {table}"), &[])
    }

    fn no_ids_left(&self) -> Error {
        let (manager, table) = (self.description().name(), self.name());
        Error::storage(anyhow::anyhow!(
            "there are no ids left for `{manager}`: {} was given in the table `{table}`, and SQLite has no higher one. Where \
             that was by mistake, delete the row and set `seq` of the table in `sqlite_sequence` to the highest id that \
             was given otherwise",
            i64::MAX
        ))
    }
}

fn is_of_uniqueness(failure: &rusqlite::Error) -> bool {
    matches!(
        failure.sqlite_error().map(|failure| failure.extended_code),
        Some(
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID
        )
    )
}
