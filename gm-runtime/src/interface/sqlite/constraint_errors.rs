//! Errors of writes, more precise than those of SQLite: which unique field is taken, and used-up ids.

use std::sync::Arc;

use rusqlite::{Connection, ErrorCode, ffi};

use super::table::{Table, exactly};
use crate::error::{Error, conflict};
use crate::field::Value;
use crate::interface::Guard;
use crate::interface::sql::{SqlDialect, sight_of, taken_error, unique_values};
use crate::manager::Values;
use crate::query::{ConditionTree, Select};

impl Table {
    pub(super) fn create_error(
        &self,
        connection: &Connection,
        failure: rusqlite::Error,
        values: &Values,
        guard: Option<&Guard>,
    ) -> Error {
        if failure.sqlite_error_code() == Some(ErrorCode::DiskFull)
            && self.description().id_assigned()
            && self.are_ids_used_up(connection)
        {
            return self.ids_used_up();
        }
        self.write_error(connection, failure, None, values, guard)
    }

    pub(super) fn update_error(
        &self,
        connection: &Connection,
        failure: rusqlite::Error,
        id: &Value,
        values: &Values,
        guard: Option<&Guard>,
    ) -> Error {
        self.write_error(connection, failure, Some(id), values, guard)
    }

    /// If the caller may not see the row with the taken value, no field is named.
    fn write_error(
        &self,
        connection: &Connection,
        failure: rusqlite::Error,
        id: Option<&Value>,
        values: &Values,
        guard: Option<&Guard>,
    ) -> Error {
        if is_foreign_key_violation(&failure) {
            let field = self.without_referred_row(connection, values).ok().flatten();
            let message = match field {
                Some(_) => conflict::NOTHING_REFERRED,
                None => conflict::CONFLICT,
            };
            return Error::conflict(self.description().name(), field, message);
        }
        if !is_uniqueness_violation(&failure) {
            return self.error(failure);
        }
        let sight = sight_of(guard);
        // A view has no index for the lookup.
        let taken = match self.topic().is_table() {
            true => self.first_taken(connection, id, values),
            false => None,
        };
        let name = self.description().name();
        match (taken, sight) {
            (Some((field, _)), None) => taken_error(self.description(), field, true),
            (None, None) => self.error(failure),
            (Some((field, value)), Some(sight)) => {
                let is_seen = self.is_taken_in_sight(connection, field, value, id, sight);
                taken_error(self.description(), field, is_seen.unwrap_or(false))
            }
            // The other row is unknown, and so is whether the caller may see it.
            (None, Some(_)) => Error::taken(name, None),
        }
    }

    /// The error of a deletion.
    pub(super) fn delete_error(&self, failure: rusqlite::Error) -> Error {
        match is_foreign_key_violation(&failure) {
            true => Error::conflict(self.description().name(), None, conflict::REFERRED),
            false => self.error(failure),
        }
    }

    /// The first field whose value is the id of no row, by the foreign keys of the table. SQLite does not say which key is violated.
    fn without_referred_row(
        &self,
        connection: &Connection,
        values: &Values,
    ) -> rusqlite::Result<Option<&'static str>> {
        // Without a column of the other table, a key refers to the primary key.
        let mut keys = connection.prepare_cached(
            "SELECT min(\"from\"), min(\"table\"), coalesce(min(\"to\"),
                 (SELECT min(name) FROM pragma_table_info(k.\"table\") WHERE pk > 0 HAVING count(*) = 1))
             FROM pragma_foreign_key_list(?1) AS k GROUP BY id HAVING count(*) = 1 ORDER BY id DESC",
        )?;
        let mut keys = keys.query([self.name()])?;
        while let Some(key) = keys.next()? {
            let (column, table, to): (String, String, Option<String>) =
                (key.get(0)?, key.get(1)?, key.get(2)?);
            let written = values.iter().find(|(field, value)| {
                let field = self.description().field(*field);
                field.column().eq_ignore_ascii_case(&column) && !value.is_null()
            });
            let (Some((field, value)), Some(to)) = (written, to) else {
                continue;
            };
            let Ok(value) = self.encode(field, value) else {
                continue;
            };
            let quote = |name: &str| SqlDialect::Sqlite.quote(name);
            let exists = format!(
                "SELECT EXISTS (SELECT 1 FROM {} WHERE {} = ?1)",
                quote(&table),
                quote(&to)
            );
            if !connection.query_row(&exists, [value], |row| row.get::<_, bool>(0))? {
                return Ok(Some(self.description().field(field).name()));
            }
        }
        Ok(None)
    }

    fn first_taken<'v>(
        &self,
        connection: &Connection,
        id: Option<&Value>,
        values: &'v Values,
    ) -> Option<(u16, &'v Value)> {
        unique_values(self.description(), id, values)
            .find(|(field, value)| self.is_taken(connection, *field, value, id).unwrap_or(false))
    }

    /// Whether a row in the caller's sight has this value in the field. The row of the id is excluded.
    fn is_taken_in_sight(
        &self,
        connection: &Connection,
        field: u16,
        value: &Value,
        id: Option<&Value>,
        sight: &Arc<ConditionTree>,
    ) -> Result<bool, Error> {
        let mut select = Select::new();
        select.filters.push(exactly(field, value));
        let own_id = id.map(|id| exactly(self.description().id_index(), id));
        select.excludes.extend(own_id);
        select.condition = Some(Arc::clone(sight));
        self.build(&select)?.exists(connection)
    }

    /// Whether a row has this value in the field. The row of the id is excluded.
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
            parameters.push(self.encode_id(id)?);
        }
        connection
            .prepare_cached(&text)
            .and_then(|mut statement| statement.exists(rusqlite::params_from_iter(parameters)))
            .map_err(|error| self.error(error))
    }

    /// Whether the highest possible id was assigned. SQLite then reports every insert as a full disk.
    fn are_ids_used_up(&self, connection: &Connection) -> bool {
        let quote = |name| SqlDialect::Sqlite.quote(name);
        let (id, table) = (quote(self.description().id_field().column()), quote(self.name()));
        let is_highest = |text: &str, parameters: &[&str]| {
            let highest = connection.query_row(text, rusqlite::params_from_iter(parameters), |row| {
                row.get::<_, Option<i64>>(0)
            });
            // A table without AUTOINCREMENT has no row in `sqlite_sequence`.
            highest.ok().flatten() == Some(i64::MAX)
        };
        is_highest(
            "SELECT max(seq) FROM sqlite_sequence WHERE name = ?1 COLLATE NOCASE",
            &[self.name()],
        ) || is_highest(&format!("SELECT max({id}) FROM {table}"), &[])
    }

    fn ids_used_up(&self) -> Error {
        let (manager, table) = (self.description().name(), self.name());
        Error::storage(anyhow::anyhow!(
            "there are no ids left for `{manager}`: {} was assigned in the table `{table}`, and SQLite has no higher one. If \
             that was a mistake, delete the row and set `seq` of the table in `sqlite_sequence` to the highest id of the \
             other rows",
            i64::MAX
        ))
    }
}

fn is_foreign_key_violation(failure: &rusqlite::Error) -> bool {
    let failure = failure.sqlite_error();
    failure.is_some_and(|failure| failure.extended_code == ffi::SQLITE_CONSTRAINT_FOREIGNKEY)
}

fn is_uniqueness_violation(failure: &rusqlite::Error) -> bool {
    matches!(
        failure.sqlite_error().map(|failure| failure.extended_code),
        Some(
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID
        )
    )
}
