//! The comparison of one declared column with its table.

use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::{Severity, TargetColumn};
use crate::interface::sqlite::schema::rebuilt_column::{Difference, Remedy};

/// Compares a column that a manager declares, and collects the differences.
pub(super) struct Comparison<'a> {
    pub(super) table: &'static str,
    pub(super) target: TargetColumn,
    pub(super) differences: &'a mut Vec<Difference>,
    /// The decimal columns that do not record their places.
    pub(super) unrecorded_places: &'a mut Vec<TargetColumn>,
}

impl Comparison<'_> {
    pub(super) fn report(&mut self, severity: Severity, remedy: Remedy, message: String) {
        self.differences.push(Difference {
            table: self.table,
            manager: self.target.manager,
            field: Some(self.target.field.name()),
            message,
            severity,
            remedy,
        });
    }

    pub(super) fn error(&mut self, remedy: Remedy, message: String) {
        self.report(Severity::Error, remedy, message);
    }

    pub(super) fn warning(&mut self, remedy: Remedy, message: String) {
        self.report(Severity::Warning, remedy, message);
    }

    /// The declared type and nullability as SQL.
    pub(super) fn definition(&self) -> String {
        let field = self.target.field;
        let not_null = if field.nullable() { "" } else { " NOT NULL" };
        format!("{}{not_null}", SqlDialect::Sqlite.column_type(field))
    }
}
