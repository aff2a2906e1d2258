//! The statements of all tables that were written.

use std::collections::HashMap;

use super::super::table::Table;
use super::statements::WriteStatements;

/// The statements of all tables that were written, by the name of the manager.
#[derive(Default)]
pub(super) struct StatementCache(HashMap<&'static str, WriteStatements>);

impl StatementCache {
    /// The statements of this table, as its subscribers need them now.
    pub(super) fn of(&mut self, table: &Table) -> &mut WriteStatements {
        let notify = table.relation().notify();
        let known = self
            .0
            .entry(table.description().name())
            .or_insert_with(|| WriteStatements::new(table, notify.clone()));
        if !known.are_of(&notify) {
            *known = WriteStatements::new(table, notify);
        }
        known
    }
}
