//! Statements that create indexes while services run.

use super::script::{Lock, Script};
use crate::interface::postgres::schema::change::{Change, Difference, Remedy};
use crate::interface::postgres::schema::existing_table::{ExistingTable, Kind, Partition};
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::{Identifiers, TargetColumn};

const SQL: SqlDialect = SqlDialect::Postgres;

/// The most bytes of a name. Postgres cuts a name after 63, and a number may follow this one.
const MAX_NAME: usize = 58;

impl Script {
    pub(super) fn create_index(&mut self, column: &TargetColumn, table: &ExistingTable) {
        let unique = if column.unique { "UNIQUE " } else { "" };
        let name = SQL.quote(column.name());
        if matches!(table.kind, Kind::Partitioned(_)) {
            self.create_partitioned_index(column, unique, &table.partitions);
        } else {
            let statement = format!("CREATE {unique}INDEX CONCURRENTLY ON {} ({name})", self.table);
            self.add(Lock::Build, "", &statement);
        }
    }

    /// Postgres builds no index of a partitioned table concurrently, but one of each partition, and then attaches them.
    fn create_partitioned_index(&mut self, column: &TargetColumn, unique: &str, partitions: &[Partition]) {
        let column_name = SQL.quote(column.name());
        let mut identifiers = Identifiers::default();
        let names: Vec<_> = partitions
            .iter()
            .map(|partition| SQL.quote(&index_name(partition, column, &mut identifiers)))
            .collect();
        for (partition, index) in partitions.iter().zip(&names) {
            let table = &partition.name;
            if partition.is_leaf {
                let statement =
                    format!("CREATE {unique}INDEX CONCURRENTLY {index} ON {table} ({column_name})");
                self.add(Lock::Build, "", &statement);
            } else {
                self.add(
                    Lock::WritersForAMoment,
                    "-- It is invalid, and unused, until each partition has an index that is attached to it.\n",
                    &format!("CREATE {unique}INDEX {index} ON ONLY {table} ({column_name})"),
                );
            }
            let mut parents = partitions.iter().zip(&names);
            let parent = parents.find(|(other, _)| partition.parent.as_ref() == Some(&other.name));
            if let Some((parent, parent_index)) = parent {
                let statement = format!(
                    "ALTER INDEX {}.{parent_index} ATTACH PARTITION {}.{index}",
                    parent.schema, partition.schema
                );
                self.add(Lock::None, "", &statement);
            }
        }
    }

    /// Builds the indexes again that were not built completely.
    pub(super) fn reindex(&mut self, differences: &[Difference]) {
        let mut names: Vec<&String> = Vec::new();
        for difference in differences {
            if let Remedy::Change(Change::Reindex(name)) = &difference.remedy
                && !names.contains(&name)
            {
                names.push(name);
                self.add(Lock::Build, "", &format!("REINDEX INDEX CONCURRENTLY {name}"));
            }
        }
    }
}

/// A name that no other index of the script has.
fn index_name(partition: &Partition, column: &TargetColumn, identifiers: &mut Identifiers) -> String {
    let kind = if column.unique { "unique" } else { "index" };
    let suffix = format!("__{}_{kind}", column.name());
    let length = MAX_NAME.saturating_sub(suffix.len());
    let prefix = up_to(&partition.plain_name, length);
    identifiers.unused(up_to(&format!("{prefix}{suffix}"), MAX_NAME))
}

/// The text up to this many bytes, and to the end of a character.
pub(super) fn up_to(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default()
}
