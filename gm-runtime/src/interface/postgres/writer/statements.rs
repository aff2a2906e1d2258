//! The statements of the writes of a table.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::super::notification::{NotifyExpression, Notifying};
use super::super::table::Table;
use crate::interface::sql::SqlDialect;
use crate::manager::Description;

/// The most texts of updates that are stored for a table. Others are built for each write.
const MAX_UPDATES: usize = 64;

/// The texts of a table's writes.
///
/// A write selects the row as it is stored, the id of the transaction, and the call that notifies the replicas:
/// `WITH w AS (INSERT .. RETURNING ..) SELECT .., pg_notify(..) FROM w`. So a write without a row notifies of nothing.
pub(super) struct WriteStatements {
    notify: Arc<NotifyExpression>,
    notifying: Notifying,
    table: String,
    id: String,
    /// The columns that `w` and `o` have.
    columns: String,
    /// The select list of a write, without the notification.
    selected: String,
    pub(super) insert: Arc<str>,
    pub(super) delete: Arc<str>,
    /// Reads and locks the row.
    pub(super) lock: Arc<str>,
    /// Reads and locks the row, and finds none if another transaction has locked it.
    pub(super) lock_free: Arc<str>,
    /// Reads the row.
    pub(super) get: Arc<str>,
    updates: HashMap<Vec<u16>, Arc<str>>,
}

/// The number of the column with the payload of the notification, if the statement [returns](Notifying::Returns) it.
pub(super) fn payload_column(description: &Description) -> usize {
    transaction_column(description).saturating_add(1)
}

/// The number of the column with the id of the transaction, behind the fields.
pub(super) fn transaction_column(description: &Description) -> usize {
    description.fields().len()
}

fn quote(name: &str) -> String {
    SqlDialect::Postgres.quote(name)
}

impl WriteStatements {
    /// The texts of a table's writes. Trigger functions may run, so `lock` names the rows of a view too.
    pub(super) fn new(table: &Table, notify: Arc<NotifyExpression>, notifying: Notifying) -> Self {
        let expressions = notify.of(notifying);
        let description = table.description();
        let own: Vec<_> = description
            .fields()
            .iter()
            .map(|field| quote(field.column()))
            .collect();
        let more = notify.columns().iter().map(|column| quote(column));
        let more = more.filter(|column| !own.contains(column));
        let columns = own.iter().cloned().chain(more).collect::<Vec<_>>().join(", ");
        let mut selected = String::new();
        for column in &own {
            let _ = write!(selected, "w.{column}, ");
        }
        selected.push_str("pg_current_xact_id()::text");
        let (name, id) = (quote(table.name()), quote(description.id_field().column()));

        let inserted: Vec<_> = (0_u16..)
            .zip(&own)
            .filter(|(index, _)| !(description.id_assigned() && *index == description.id_index()))
            .map(|(_, column)| column.as_str())
            .collect();
        let insert = if inserted.is_empty() {
            format!("INSERT INTO {name} DEFAULT VALUES")
        } else {
            let places: Vec<_> = (1..=inserted.len()).map(|number| format!("${number}")).collect();
            format!(
                "INSERT INTO {name} ({}) VALUES ({})",
                inserted.join(", "),
                places.join(", ")
            )
        };
        let own = own.join(", ");
        let get = format!("SELECT {own} FROM {name} WHERE {id} = $1");
        let statement = |write: &str, notification: &str| {
            format!("WITH w AS ({write} RETURNING {columns}) SELECT {selected}, {notification} FROM w")
        };
        Self {
            insert: statement(&insert, &expressions.create).into(),
            delete: statement(
                &format!("DELETE FROM {name} WHERE {id} = $1"),
                &expressions.delete,
            )
            .into(),
            lock: format!("{get} FOR UPDATE").into(),
            lock_free: format!("{get} FOR UPDATE SKIP LOCKED").into(),
            get: get.into(),
            table: name,
            id,
            columns,
            selected,
            notify,
            notifying,
            updates: HashMap::new(),
        }
    }

    /// Reads the row without a lock from now on. The rows of a view may be computed, and can't be locked then.
    pub(super) fn stop_locking(&mut self) {
        self.lock = Arc::clone(&self.get);
        self.lock_free = Arc::clone(&self.get);
    }

    /// Whether `lock` locks the row that it reads.
    pub(super) fn locks_rows(&self) -> bool {
        !Arc::ptr_eq(&self.lock, &self.get)
    }

    /// Whether the texts are those of this notification.
    pub(super) fn are_of(&self, notify: &Arc<NotifyExpression>) -> bool {
        Arc::ptr_eq(&self.notify, notify)
    }

    /// Updates fields of a row. The parameters are the values in this order, then the id.
    pub(super) fn update(&mut self, description: &Description, fields: &[u16]) -> Arc<str> {
        if let Some(text) = self.updates.get(fields) {
            return Arc::clone(text);
        }
        let text: Arc<str> = self.update_text(description, fields).into();
        if self.updates.len() < MAX_UPDATES {
            self.updates.insert(fields.to_vec(), Arc::clone(&text));
        }
        text
    }

    fn update_text(&self, description: &Description, fields: &[u16]) -> String {
        let Self {
            notify,
            notifying,
            table,
            id,
            columns,
            selected,
            ..
        } = self;
        let assigned: Vec<_> = (1..)
            .zip(fields)
            .map(|(number, field)| format!("{} = ${number}", quote(description.field(*field).column())))
            .collect();
        let (assigned, place) = (assigned.join(", "), fields.len().saturating_add(1));
        // The row is locked, so the statement reads the row that was judged.
        let (old, join) = match notify.needs_old() {
            true => (
                format!("o AS (SELECT {columns} FROM {table} WHERE {id} = ${place}), "),
                " LEFT JOIN o ON true",
            ),
            false => (String::new(), ""),
        };
        format!(
            "WITH {old}w AS (UPDATE {table} SET {assigned} WHERE {id} = ${place} RETURNING {columns}) SELECT {selected}, {} FROM \
             w{join}",
            notify.of(*notifying).update
        )
    }
}
