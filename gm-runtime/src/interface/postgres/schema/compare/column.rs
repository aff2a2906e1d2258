//! Whether a column can hold the values of its field.

use super::comparison::Comparison;
use crate::interface::postgres::schema::change::{ColumnChange, Remedy};
use crate::interface::postgres::schema::existing_table::{ExistingColumn, Identity};

impl Comparison<'_> {
    pub(super) fn missing_column(&mut self) {
        let (name, expected) = (self.target.name(), self.definition());
        let mut others = self.existing.columns.iter();
        let other_case = others.find(|column| self.target.is_named(&column.name));
        let (remedy, message) = if let Some(other) = other_case {
            (
                Remedy::None,
                format!(
                    "there is no column `{name}`; there is `{0}`, which is another name in Postgres: write \
                     `#[field(column = \"{0}\")]`",
                    other.name
                ),
            )
        } else if !self.existing.kind.is_table() {
            (
                Remedy::None,
                format!(
                    "there is no column `{name}`, and no statement adds one: create it again with `{name}`"
                ),
            )
        } else if self.target.id {
            (
                Remedy::None,
                format!("there is no column `{name}`, which identifies the rows; expected `{expected}`"),
            )
        } else {
            (
                Remedy::AddColumn(self.target),
                format!("there is no column `{name}`; expected `{expected}`"),
            )
        };
        self.error(remedy, message);
    }

    pub(super) fn column(&mut self, column: &ExistingColumn) {
        self.column_type(column);
        self.collation(column);
        if !self.existing.kind.is_table() {
            return;
        }
        if column.is_generated {
            let message = format!(
                "the column `{}` is computed, and a manager writes its columns",
                column.name
            );
            self.error(Remedy::None, message);
            return;
        }
        self.nullability(column);
        self.identity(column);
        if self.target.id {
            self.id(column);
        }
        self.indexes(column);
    }

    fn nullability(&mut self, column: &ExistingColumn) {
        let name = &column.name;
        match (self.target.field.nullable(), column.is_not_null) {
            (true, true) => self.error(
                self.change(ColumnChange::DropNotNull),
                format!("the column `{name}` is NOT NULL, and the field is an `Option`"),
            ),
            (false, false) => self.error(
                self.change(ColumnChange::SetNotNull),
                format!(
                    "the column `{name}` may be null, and the field is not an `Option`: write `Option<..>`, or make the column \
                     NOT NULL"
                ),
            ),
            _ => {}
        }
    }

    fn identity(&mut self, column: &ExistingColumn) {
        if column.identity == Some(Identity::Always) && !self.target.assigned {
            self.error(
                self.change(ColumnChange::IdentityByDefault),
                format!(
                    "the column `{}` is GENERATED ALWAYS AS IDENTITY, which refuses the values of the manager; expected GENERATED \
                     BY DEFAULT",
                    column.name
                ),
            );
        }
    }
}
