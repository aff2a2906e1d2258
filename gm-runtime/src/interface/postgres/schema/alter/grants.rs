//! Statements that give the role the rights that it lacks.

use super::script::{Lock, Script};
use crate::interface::postgres::schema::change::{Change, Difference, Remedy};
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::Severity;

const SQL: SqlDialect = SqlDialect::Postgres;

impl Script {
    pub(super) fn grant(&mut self, differences: &[Difference], owner: &str, role: &str) {
        let (mut rights, mut sequences): (Vec<&str>, Vec<&String>) = Default::default();
        let errors = differences.iter();
        for difference in errors.filter(|difference| difference.severity == Severity::Error) {
            match &difference.remedy {
                Remedy::Change(Change::Grant(right)) if !rights.contains(right) => rights.push(right),
                Remedy::Change(Change::GrantSequence(name)) if !sequences.contains(&name) => {
                    sequences.push(name);
                }
                _ => {}
            }
        }
        let note = format!("-- As the owner, `{}`.\n", owner.replace(['\n', '\r'], " "));
        let role = SQL.quote(role);
        if !rights.is_empty() {
            let statement = format!("GRANT {} ON {} TO {role}", rights.join(", "), self.table);
            self.add(Lock::None, &note, &statement);
        }
        for sequence in sequences {
            self.add(
                Lock::None,
                &note,
                &format!("GRANT USAGE ON SEQUENCE {sequence} TO {role}"),
            );
        }
    }
}

/// The right to read and to write a table that another role creates.
pub(in crate::interface::postgres::schema) fn grant_all(table: &str, role: &str) -> String {
    let (table, role) = (SQL.quote(table), SQL.quote(role));
    format!("GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {role};\n")
}
