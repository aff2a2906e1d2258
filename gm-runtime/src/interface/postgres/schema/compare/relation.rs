//! What a table is, and what Postgres does with its rows by itself.

use crate::error::Operation;
use crate::interface::postgres::schema::change::{Difference, Remedy};
use crate::interface::postgres::schema::existing_table::{ExistingTable, Kind};
use crate::interface::sql::schema::Severity;
use crate::manager::Description;

/// The differences that no column has.
pub(super) fn differences(
    name: &'static str,
    manager: &'static Description,
    table: &ExistingTable,
) -> Vec<Difference> {
    let mut relation = Relation {
        name,
        manager,
        table,
        differences: Vec::new(),
    };
    match table.kind {
        Kind::Other => relation.error(format!(
            "`{name}` is neither a table nor a view: the schema `{}` has an index, a sequence or a type of this name",
            table.schema
        )),
        Kind::View | Kind::MaterializedView | Kind::Foreign => relation.commands(),
        Kind::Table | Kind::Partitioned(_) => relation.rules(),
    }
    relation.events();
    relation.warnings();
    relation.differences
}

struct Relation<'a> {
    name: &'static str,
    manager: &'static Description,
    table: &'a ExistingTable,
    differences: Vec<Difference>,
}

impl Relation<'_> {
    fn report(&mut self, severity: Severity, message: String) {
        self.differences.push(Difference {
            table: self.name,
            manager: self.manager,
            field: None,
            message,
            severity,
            remedy: Remedy::None,
        });
    }

    fn error(&mut self, message: String) {
        self.report(Severity::Error, message);
    }

    fn warning(&mut self, message: String) {
        self.report(Severity::Warning, message);
    }

    fn allows(&self, operation: Operation) -> bool {
        self.manager
            .api()
            .is_some_and(|api| api.operations().contains(operation))
    }

    /// Commands of the manager that a view does not accept.
    fn commands(&mut self) {
        let accepted = self.table.updatable;
        for (operation, command, is_accepted) in [
            (Operation::Create, "INSERT", accepted.has_insert()),
            (Operation::Update, "UPDATE", accepted.has_update()),
            (Operation::Delete, "DELETE", accepted.has_delete()),
        ] {
            if self.allows(operation) && !is_accepted {
                let name = operation.name();
                self.error(format!(
                    "it accepts no {command}, so every {name} fails: give it a trigger INSTEAD OF {command}, or leave \
                     `allow_{name}` out"
                ));
            }
        }
    }

    fn rules(&mut self) {
        for rule in &self.table.rules {
            self.error(format!(
                "its rule {0} on {1} makes every {1} fail, because the statements of a manager are inside of a `WITH`, where \
                 Postgres refuses such a rule: write a trigger in its place",
                rule.name, rule.command
            ));
        }
    }

    /// Rows that change without a write.
    fn events(&mut self) {
        let has_events = self.manager.api().is_some_and(|api| api.websocket_invalidation());
        if has_events && self.table.kind == Kind::MaterializedView {
            self.error(
                "it is a materialized view, whose rows change with REFRESH MATERIALIZED VIEW, and Postgres reports that to no \
                 program: leave `websocket_invalidation` out, or use a view"
                    .to_owned(),
            );
        }
    }

    fn warnings(&mut self) {
        if self.table.kind == Kind::Foreign {
            self.warning(
                "it is a foreign table, whose constraints and indexes can't be compared, and changes on its own server are \
                 not announced"
                    .to_owned(),
            );
        }
        if self.table.is_unlogged {
            self.warning("it is UNLOGGED, so a crash of the server empties it".to_owned());
        }
        if self.table.has_row_security {
            self.warning(
                "policies of row security hold for the role: rows that they hide do not exist for the manager, and a write that \
                 they refuse fails. What callers may do is said by `#[permission(..)]`"
                    .to_owned(),
            );
        }
        if self.table.has_children {
            self.warning(
                "other tables inherit from it, so it shows their rows too, and no index keeps an id unique in all of them"
                    .to_owned(),
            );
        }
    }
}
