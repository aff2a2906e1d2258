//! SQL that makes a table fit its managers, and that is safe while services run, where Postgres can be.
//!
//! Each statement has a comment on what it locks, and for how long. No statement loses a value: each converts exactly, or fails.

mod columns;
mod foreign_keys;
mod grants;
mod indexes;
mod script;

pub(super) use self::columns::set_sequence;
pub(super) use self::foreign_keys::add_foreign_keys;
pub(super) use self::grants::grant_all;
use self::script::Script;
use super::change::Difference;
use super::existing_table::ExistingTable;
use crate::interface::sql::schema::{Additions, TargetTable};

/// The statements that remove these differences of a table, with comments.
pub(super) fn alter_table(
    target: &TargetTable,
    table: &ExistingTable,
    role: &str,
    differences: &[Difference],
) -> String {
    let additions = Additions::of(target, differences);
    let mut script = Script::new(target.name);
    for column in &additions.columns {
        script.add_column(column);
    }
    script.change_columns(target, differences);
    for column in &additions.indexes {
        script.create_index(column, table);
    }
    script.reindex(differences);
    script.grant(differences, &table.owner, role);
    script.into_text()
}
