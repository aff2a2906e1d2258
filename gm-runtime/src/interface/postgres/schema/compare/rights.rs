//! What the role may do with a table.

use crate::error::Operation;
use crate::interface::postgres::schema::change::{Change, Difference, Remedy};
use crate::interface::postgres::schema::existing_table::{ExistingColumn, ExistingTable};
use crate::interface::sql::schema::{Severity, TargetTable};
use crate::interface::sql::{STORED_ANSWERS, SqlDialect};
use crate::manager::Description;

const SQL: SqlDialect = SqlDialect::Postgres;

/// The rights that the role lacks for the statements of this manager.
///
/// A right for an operation that the manager serves is an error. Without it, the application's own code may still use the
/// operation, which is a warning.
pub(super) fn differences(
    target: &TargetTable,
    manager: &'static Description,
    table: &ExistingTable,
    role: &str,
) -> Vec<Difference> {
    let fields = || {
        let columns = manager.fields().iter();
        columns.filter_map(|field| table.column(field.column()))
    };
    let is_id = |column: &&ExistingColumn| column.name == manager.id_field().column();
    let is_created = |column: &&ExistingColumn| !(manager.id_assigned() && is_id(column));
    let forbidden = |is_allowed: fn(&ExistingColumn) -> bool, columns: Vec<&ExistingColumn>| {
        let columns = columns.into_iter().filter(|column| !is_allowed(column));
        columns.map(|column| column.name.clone()).collect::<Vec<_>>()
    };
    let select = forbidden(|column| column.may_select, fields().collect());
    let insert = forbidden(|column| column.may_insert, fields().filter(is_created).collect());
    let update = forbidden(
        |column| column.may_update,
        fields().filter(|column| !is_id(column)).collect(),
    );
    let may_lock = table.columns.iter().any(|column| column.may_update);

    let mut rights = Rights {
        target,
        manager,
        role,
        differences: Vec::new(),
    };
    rights.need_on(
        "SELECT",
        &select,
        None,
        "every read fails, and every write that returns its row",
    );
    rights.need_on("INSERT", &insert, Some(Operation::Create), "every create fails");
    rights.need_on(
        "UPDATE",
        &update,
        Some(Operation::Update),
        "an update of them fails",
    );
    if !table.may_delete {
        rights.need("DELETE", "DELETE", Some(Operation::Delete), "every delete fails");
    }
    if !may_lock {
        let because = "a delete fails, since it locks its row with SELECT .. FOR UPDATE";
        rights.need("UPDATE", "UPDATE", Some(Operation::Delete), because);
    }
    let is_omitted = |column: &&ExistingColumn| !fields().any(|known| known.name == column.name);
    let counted = table.columns.iter();
    let counted = counted.filter(|column| is_omitted(column) || (manager.id_assigned() && is_id(column)));
    for column in counted {
        if let Some(sequence) = column.sequence.as_ref().filter(|sequence| sequence.is_forbidden) {
            rights.need_sequence(&column.name, &sequence.name);
        }
    }
    rights.differences
}

struct Rights<'a> {
    target: &'a TargetTable,
    manager: &'static Description,
    role: &'a str,
    differences: Vec<Difference>,
}

impl Rights<'_> {
    fn report(&mut self, operation: Option<Operation>, change: Change, message: String) {
        let serves = |operation| {
            // The framework itself stores and removes answers.
            let is_own = STORED_ANSWERS.table() == Some(self.target.name);
            let api = self.manager.api();
            is_own || api.is_some_and(|api| api.operations().contains(operation))
        };
        let severity = if operation.is_none_or(serves) {
            Severity::Error
        } else {
            Severity::Warning
        };
        self.differences.push(Difference {
            table: self.target.name,
            manager: self.manager,
            field: None,
            message,
            severity,
            remedy: Remedy::Change(change),
        });
    }

    fn need(&mut self, right: &'static str, what: &str, operation: Option<Operation>, consequence: &str) {
        let (table, role) = (SQL.quote(self.target.name), SQL.quote(self.role));
        let message = format!(
            "the role `{}` has no right to {what}, so {consequence}: `GRANT {right} ON {table} TO {role}`",
            self.role
        );
        self.report(operation, Change::Grant(right), message);
    }

    fn need_on(
        &mut self,
        right: &'static str,
        columns: &[String],
        operation: Option<Operation>,
        consequence: &str,
    ) {
        if !columns.is_empty() {
            let what = format!("{right} its columns `{}`", columns.join("`, `"));
            self.need(right, &what, operation, consequence);
        }
    }

    fn need_sequence(&mut self, column: &str, sequence: &str) {
        let role = SQL.quote(self.role);
        let message = format!(
            "the role `{}` has no right to use the sequence {sequence}, which fills the column `{column}`, so every create fails: \
             `GRANT USAGE ON SEQUENCE {sequence} TO {role}`",
            self.role
        );
        let change = Change::GrantSequence(sequence.to_owned());
        self.report(Some(Operation::Create), change, message);
    }
}
