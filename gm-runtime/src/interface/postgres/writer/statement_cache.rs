//! The statements of all tables that were written.

use std::collections::HashMap;

use super::super::notification::Notifying;
use super::super::table::Table;
use super::statements::WriteStatements;

/// The statements of all tables that were written, by the name of the manager.
#[derive(Default)]
pub(super) struct StatementCache {
    texts: HashMap<&'static str, WriteStatements>,
    notifying: Notifying,
}

impl StatementCache {
    /// The statements of writes that return the payloads of their notifications.
    pub(super) fn returning_payloads() -> Self {
        Self {
            texts: HashMap::new(),
            notifying: Notifying::Returns,
        }
    }

    /// The statements of this table, as its subscribers need them now.
    pub(super) fn of(&mut self, table: &Table) -> &mut WriteStatements {
        let notify = table.relation().notify();
        let notifying = self.notifying;
        let known = self
            .texts
            .entry(table.description().name())
            .or_insert_with(|| WriteStatements::new(table, notify.clone(), notifying));
        if !known.are_of(&notify) {
            *known = WriteStatements::new(table, notify, notifying);
        }
        known
    }
}
