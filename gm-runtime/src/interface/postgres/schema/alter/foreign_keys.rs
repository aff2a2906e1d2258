//! Statements that add foreign keys while services run.

use super::indexes::up_to;
use super::script::{Lock, Script};
use crate::interface::postgres::schema::change::{Change, Difference, Remedy};
use crate::interface::postgres::schema::existing_table::{ExistingTable, Kind};
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::{Additions, ForeignKey, TargetTable};

const SQL: SqlDialect = SqlDialect::Postgres;

/// The most bytes of a name. Postgres cuts a longer one.
const MAX_NAME: usize = 63;

/// The statements that add the foreign keys which a table lacks, once all tables and columns are there.
pub(in crate::interface::postgres::schema) fn add_foreign_keys(
    target: &TargetTable,
    table: &ExistingTable,
    differences: &[Difference],
) -> String {
    let mut script = Script::new(target.name);
    let added = Additions::of(target, differences).columns;
    let of_new_columns = target.foreign_keys.iter();
    for key in of_new_columns.filter(|key| added.iter().any(|column| column.is_named(key.name()))) {
        script.add_foreign_key(key, table);
    }
    for difference in differences {
        match &difference.remedy {
            Remedy::Change(Change::AddForeignKey(key)) => script.add_foreign_key(key, table),
            Remedy::Change(Change::ValidateForeignKey(name)) => script.validate_foreign_key(name),
            _ => {}
        }
    }
    script.into_text()
}

impl Script {
    fn add_foreign_key(&mut self, key: &ForeignKey, table: &ExistingTable) {
        let name = SQL.quote(&constraint_name(self.name, key.name()));
        let add = format!(
            "ALTER TABLE {} ADD CONSTRAINT {name} {}",
            self.table,
            key.constraint(SQL)
        );
        if matches!(table.kind, Kind::Partitioned(_)) {
            self.add(
                Lock::ForeignKeyScan,
                "-- Postgres adds no foreign key to a partitioned table that it checks later.\n",
                &add,
            );
            return;
        }
        self.add(
            Lock::ForeignKey,
            "-- From here on, no row gets the id of a row that does not exist.\n",
            &format!("{add} NOT VALID"),
        );
        self.validate_foreign_key(&name);
    }

    fn validate_foreign_key(&mut self, name: &str) {
        let validate = format!("ALTER TABLE {} VALIDATE CONSTRAINT {name}", self.table);
        self.add(
            Lock::Scan,
            "-- It fails if a row refers to no row. Give such a row another value first.\n",
            &validate,
        );
    }
}

/// The name that Postgres itself gives such a constraint, shortened from the table's end.
fn constraint_name(table: &str, column: &str) -> String {
    let suffix = format!("_{column}_fkey");
    let length = MAX_NAME.saturating_sub(suffix.len());
    up_to(&format!("{}{suffix}", up_to(table, length)), MAX_NAME).to_owned()
}
