//! The comparison of one declared column with its table.

use crate::interface::postgres::schema::change::{Change, ColumnChange, Conversion, Difference, Remedy};
use crate::interface::postgres::schema::existing_table::{ExistingColumn, ExistingTable};
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::{Severity, TargetColumn};

/// Compares a column that a manager declares, and collects the differences.
pub(super) struct Comparison<'a> {
    pub(super) table: &'static str,
    pub(super) existing: &'a ExistingTable,
    pub(super) target: TargetColumn,
    pub(super) differences: &'a mut Vec<Difference>,
    /// Whether the column's type needs a decision, without which no statement on the column makes sense.
    pub(super) is_undecided: bool,
}

impl Comparison<'_> {
    fn report(&mut self, severity: Severity, remedy: Remedy, message: String) {
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
        let remedy = if self.is_undecided { Remedy::None } else { remedy };
        self.report(Severity::Error, remedy, message);
    }

    pub(super) fn warning(&mut self, message: String) {
        self.report(Severity::Warning, Remedy::None, message);
    }

    /// The remedy that changes the column, if it is of a table.
    pub(super) fn change(&self, change: ColumnChange) -> Remedy {
        if self.existing.kind.is_table() {
            Remedy::Change(Change::Column(self.target, change))
        } else {
            Remedy::None
        }
    }

    /// The remedy that changes the column's type. Another type than that of a domain would end the domain's constraints.
    pub(super) fn retype(&self, column: &ExistingColumn, conversion: Conversion) -> Remedy {
        if column.is_domain {
            Remedy::None
        } else {
            self.change(ColumnChange::Type(conversion))
        }
    }

    /// The declared type and nullability as SQL.
    pub(super) fn definition(&self) -> String {
        let field = self.target.field;
        let not_null = if field.nullable() { "" } else { " NOT NULL" };
        format!("{}{not_null}", SqlDialect::Postgres.column_type(field))
    }
}
