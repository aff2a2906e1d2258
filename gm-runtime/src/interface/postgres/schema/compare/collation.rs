//! Whether texts compare by code point.

use super::comparison::Comparison;
use crate::field::ValueType;
use crate::interface::postgres::schema::change::{Conversion, Cost};
use crate::interface::postgres::schema::column_type::ColumnType;
use crate::interface::postgres::schema::existing_table::ExistingColumn;
use crate::interface::sql::SqlDialect;

const SQL: SqlDialect = SqlDialect::Postgres;

impl Comparison<'_> {
    /// Equality is the same in every deterministic collation, and every order of a statement says `COLLATE "C"`. So only an
    /// index can differ from the field.
    pub(super) fn collation(&mut self, column: &ExistingColumn) {
        let is_text = matches!(column.column_type, ColumnType::Text(_));
        if self.target.field.value_type() != ValueType::Text || !is_text {
            return;
        }
        let name = &column.name;
        let collation = column.collation.as_deref().unwrap_or("default");
        if !column.is_deterministic {
            let advice = if self.existing.kind.is_table() {
                String::new()
            } else {
                let name = SQL.quote(name);
                format!("; in a view it is `{name} COLLATE \"C\" AS {name}`")
            };
            self.error(
                self.retype(column, Conversion::implicit(Cost::Indexes)),
                format!(
                    "the column `{name}` is COLLATE {collation}, by which different texts can be equal; expected COLLATE \"C\", \
                     and lookups that ignore case are `iexact` and its like{advice}"
                ),
            );
            return;
        }
        let has_index = self.target.id || self.target.unique || self.target.index;
        if !has_index || column.sorts_by_bytes || !self.existing.kind.is_table() {
            return;
        }
        if self.existing.is_indexed(column) && !self.existing.is_ordered(column) {
            let (table, name) = (SQL.quote(self.table), SQL.quote(name));
            self.warning(format!(
                "the column `{0}` is COLLATE {collation}, and an order is by code point, which is COLLATE \"C\": an order by \
                 `{0}`, or a lookup such as `gt`, can't use its index, and reads and sorts all rows. `CREATE INDEX CONCURRENTLY ON \
                 {table} ({name} COLLATE \"C\")` adds an index for these, and locks nothing. `ALTER TABLE {table} ALTER COLUMN \
                 {name} TYPE {1}` changes the column, and builds its indexes again while all reads and writes of the table \
                 wait",
                column.name,
                SQL.column_type(self.target.field),
            ));
        }
    }
}
