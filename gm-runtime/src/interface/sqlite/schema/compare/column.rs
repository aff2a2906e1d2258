//! Whether a column can hold the values of its field.

use super::comparison::Comparison;
use crate::field::ValueType;
use crate::interface::sqlite::schema::affinity::{Affinity, length};
use crate::interface::sqlite::schema::decimal_places;
use crate::interface::sqlite::schema::introspection::{ExistingColumn, ExistingTable, Kind};
use crate::interface::sqlite::schema::rebuilt_column::{ColumnChange, RebuiltColumn, Remedy};

/// The length of a UUID with its hyphens.
const UUID_CHARACTERS: u32 = 36;

impl Comparison<'_> {
    pub(super) fn missing_column(&mut self, table: &ExistingTable) {
        let (name, expected) = (self.target.name(), self.definition());
        if table.kind != Kind::Table {
            self.error(
                Remedy::None,
                format!(
                    "there is no column `{name}`, and no statement adds one: create it again with `{name}`"
                ),
            );
        } else if self.target.id {
            self.error(
                Remedy::None,
                format!("there is no column `{name}`, which identifies the rows; expected `{expected}`"),
            );
        } else {
            self.error(
                Remedy::AddColumn(self.target),
                format!("there is no column `{name}`; expected `{expected}`"),
            );
        }
    }

    pub(super) fn column(&mut self, table: &ExistingTable, column: &ExistingColumn) {
        if self.target.id {
            self.id(table, column);
        }
        if table.kind != Kind::Table {
            self.collation(table, column);
            return;
        }
        if column.generated {
            let message = format!(
                "the column `{}` is computed, and a manager writes its columns",
                column.name
            );
            self.error(Remedy::None, message);
            return;
        }
        if self.column_type(table, column) {
            self.length(column);
            self.places(column);
        }
        self.nullability(column);
        self.collation(table, column);
        self.conflict_clause(column);
        self.indexes(table, column);
    }

    /// Whether the column stores the field's values unchanged.
    fn column_type(&mut self, table: &ExistingTable, column: &ExistingColumn) -> bool {
        let value_type = self.target.field.value_type();
        let name = &column.name;
        let declared = if column.declared_type.is_empty() {
            "no type"
        } else {
            &column.declared_type
        };
        let expected = self.definition();
        let upper_case = column.declared_type.to_ascii_uppercase();
        let contains_any = |words: &[&str]| words.iter().any(|word| upper_case.contains(word));
        if !Affinity::of(&column.declared_type, table.strict).preserves(value_type, table.strict) {
            self.error(
                RebuiltColumn::remedy(self.target, ColumnChange::Type),
                format!(
                    "the column `{name}` is `{declared}`, which does not store the field's values unchanged; expected \
                     `{expected}`"
                ),
            );
            return false;
        }
        match value_type {
            // 12 would be read as 0.12, without an error.
            ValueType::Decimal if contains_any(&["DEC", "NUM"]) => {
                self.error(
                    RebuiltColumn::remedy(self.target, ColumnChange::Type),
                    format!(
                        "the column `{name}` is `{declared}`, in which other programs store the numbers themselves; expected \
                         `{expected}`, in units of the last decimal place, which is exact"
                    ),
                );
                false
            }
            ValueType::DateTime | ValueType::Time if contains_any(&["TIME"]) => {
                self.warning(
                    Remedy::None,
                    format!(
                        "the column `{name}` is `{declared}`, in which other programs store text; the manager reads and writes \
                         microseconds"
                    ),
                );
                true
            }
            _ => true,
        }
    }

    fn length(&mut self, column: &ExistingColumn) {
        let field = self.target.field;
        let field_length = match field.value_type() {
            ValueType::Text | ValueType::Bytes => field.max_length(),
            ValueType::Uuid => Some(UUID_CHARACTERS),
            _ => return,
        };
        let Some(column_length) = length(&column.declared_type) else {
            return;
        };
        let (name, declared) = (&column.name, &column.declared_type);
        let remedy = RebuiltColumn::remedy(self.target, ColumnChange::Type);
        match field_length {
            Some(field_length) if field_length > column_length => self.error(
                remedy,
                format!("the column `{name}` is `{declared}`, and the field holds up to {field_length}"),
            ),
            None => self.warning(
                remedy,
                format!(
                    "the column `{name}` is `{declared}`, a length that SQLite does not enforce, and the field has no \
                     `max_length`"
                ),
            ),
            Some(_) => {}
        }
    }

    fn places(&mut self, column: &ExistingColumn) {
        match (column.places, self.target.places) {
            (Some(existing), Some(declared)) if existing != declared => {
                self.error(
                    RebuiltColumn::remedy(self.target, ColumnChange::Type),
                    decimal_places::different_places(column, existing, declared),
                );
            }
            (None, Some(_)) => self.unrecorded_places.push(self.target),
            (Some(existing), None) if existing > 0 => {
                self.warning(Remedy::None, decimal_places::read_as_units(column, existing));
            }
            _ => {}
        }
    }

    fn nullability(&mut self, column: &ExistingColumn) {
        let name = &column.name;
        if self.target.assigned {
            return;
        }
        let remedy = RebuiltColumn::remedy(self.target, ColumnChange::Nullability);
        match (
            self.target.field.nullable(),
            column.not_null || column.is_rowid,
        ) {
            (true, true) => self.error(
                remedy,
                format!("the column `{name}` is NOT NULL, and the field is an `Option`"),
            ),
            (false, false) if column.in_key => self.error(
                remedy,
                format!(
                    "the column `{name}` may be null, although it is the primary key (SQLite accepts null there unless the \
                     column is NOT NULL), and the field is not an `Option`"
                ),
            ),
            (false, false) => self.error(
                remedy,
                format!(
                    "the column `{name}` may be null, and the field is not an `Option`: write `Option<..>`, or make the column \
                     NOT NULL"
                ),
            ),
            _ => {}
        }
    }

    fn collation(&mut self, table: &ExistingTable, column: &ExistingColumn) {
        if self.target.field.value_type() != ValueType::Text
            || column.collation.eq_ignore_ascii_case("BINARY")
        {
            return;
        }
        let name = &column.name;
        let (remedy, advice) = match table.kind {
            Kind::Table => (
                RebuiltColumn::remedy(self.target, ColumnChange::Collation),
                String::new(),
            ),
            _ => (
                Remedy::None,
                format!("; in a view it is `{name} COLLATE BINARY AS {name}`"),
            ),
        };
        self.error(
            remedy,
            format!(
                "the column `{name}` is COLLATE {}, by which different texts can be equal; expected BINARY, and lookups that \
                 ignore case are `iexact` and its like{advice}",
                column.collation
            ),
        );
    }

    fn conflict_clause(&mut self, column: &ExistingColumn) {
        if column.replaces && (self.target.id || self.target.unique) {
            let role = if self.target.id { "the id" } else { "`unique`" };
            self.error(
                RebuiltColumn::remedy(self.target, ColumnChange::Conflict),
                format!(
                    "the column `{}` says ON CONFLICT REPLACE, so a write of a taken value deletes the row that has it, and the field \
                     is {role}, for which a taken value is a conflict",
                    column.name
                ),
            );
        }
    }

    fn indexes(&mut self, table: &ExistingTable, column: &ExistingColumn) {
        let name = &column.name;
        if self.target.unique && !table.is_unique(column, self.target.field.value_type()) {
            self.error(
                Remedy::CreateIndex(self.target),
                format!("no unique index is on the column `{name}` alone, and the field is `unique`"),
            );
        }
        if self.target.index && !table.is_indexed(column) {
            self.error(
                Remedy::CreateIndex(self.target),
                format!("no index begins with the column `{name}`, and the field has `index`"),
            );
        }
    }
}
