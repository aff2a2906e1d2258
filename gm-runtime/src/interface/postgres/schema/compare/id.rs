//! Whether a column can identify rows.

use super::comparison::Comparison;
use crate::interface::postgres::schema::alter::set_sequence;
use crate::interface::postgres::schema::change::{ColumnChange, Remedy};
use crate::interface::postgres::schema::column_type::ColumnType;
use crate::interface::postgres::schema::existing_table::{ExistingColumn, Kind, NextId};
use crate::interface::sql::schema::TargetColumn;

impl Comparison<'_> {
    pub(super) fn id(&mut self, column: &ExistingColumn) {
        if self.target.assigned && !is_assigned(column) {
            self.unassigned_id(column);
        }
        if let (true, Some(next), Some(sequence)) =
            (self.target.assigned, &self.existing.next_id, &column.sequence)
        {
            self.next_id(next, &sequence.name);
        }
        if self.existing.is_unique(column) {
            return;
        }
        let name = &column.name;
        match &self.existing.kind {
            Kind::Partitioned(key) if *key != [name.as_str()] => self.partitioned_id(column, key),
            _ => {
                let target = TargetColumn {
                    unique: true,
                    ..self.target
                };
                let (remedy, because) = self.missing_unique(target, column);
                self.error(
                    remedy,
                    format!(
                        "the column `{name}` is neither the primary key nor unique{because}, so several rows could have the same id"
                    ),
                );
            }
        }
    }

    /// Rows that got their ids elsewhere, such as by an import, do not move the sequence.
    fn next_id(&mut self, next_id: &NextId, sequence: &str) {
        let NextId {
            next,
            is_taken,
            greatest,
        } = next_id;
        let statement = set_sequence(sequence, self.table, self.target.name());
        if *is_taken {
            self.error(
                self.change(ColumnChange::SetSequence(sequence.to_owned())),
                format!(
                    "the next number of the sequence {sequence} is {next}, and a row has this id, so the next create fails: rows were \
                     added with ids of their own"
                ),
            );
        } else if let Some(greatest) = greatest.filter(|greatest| greatest >= next) {
            self.warning(format!(
                "the next number of the sequence {sequence} is {next}, and a row has the id {greatest}, so creates fail once the numbers \
                 reach such ids: `{statement}`"
            ));
        }
    }

    fn unassigned_id(&mut self, column: &ExistingColumn) {
        let has_default = column.default.is_some();
        let is_integer = matches!(column.column_type, ColumnType::Integer(_));
        let (remedy, advice) = match self.existing.kind {
            // Before Postgres 17, the table of partitions has no identity column.
            Kind::Partitioned(_) => (Remedy::None, "; give it a sequence: `DEFAULT nextval('..')`"),
            _ if is_integer => (self.change(ColumnChange::AddIdentity { has_default }), ""),
            _ => (Remedy::None, ""),
        };
        self.error(
            remedy,
            format!(
                "the column `{}` is no identity column and has no default that counts, so Postgres assigns no ids to new rows; an \
                 `i64` id is assigned{advice}",
                column.name
            ),
        );
    }

    /// Postgres accepts a unique index of a partitioned table only if it has the columns of the partition key.
    fn partitioned_id(&mut self, column: &ExistingColumn, key: &[String]) {
        let name = &column.name;
        let key = key.join("`, `");
        let mut indexes = self.existing.indexes.iter();
        let is_in_key =
            indexes.any(|index| index.is_unique && index.is_valid && index.columns.contains(name));
        if is_in_key {
            self.warning(format!(
                "the column `{name}` is unique only together with the partition key `{key}`, since Postgres keeps nothing else \
                 unique in a partitioned table: the programs that write the table must give each row another `{name}`"
            ));
        } else {
            self.error(
                Remedy::None,
                format!(
                    "the column `{name}` is in no unique index, so several rows could have the same id; in a partitioned table the \
                     index is on `{name}` and the partition key `{key}`"
                ),
            );
        }
    }
}

/// Whether each new row gets another value. A default that calls a function counts as one.
fn is_assigned(column: &ExistingColumn) -> bool {
    let counts = |default: &String| default.contains('(');
    column.identity.is_some() || column.default.as_ref().is_some_and(counts)
}
