//! Conversions of a column's values to the type of its field: those that lose nothing, or fail.

use super::change::{Conversion, Cost};
use super::column_type::{ColumnType, Convertible};
use super::existing_table::ExistingColumn;
use crate::field::ValueType;
use crate::interface::sql::SqlDialect;
use crate::manager::FieldDescription;

const SQL: SqlDialect = SqlDialect::Postgres;

const UTC: &str = "The values are taken to be in UTC. If they are in another time zone, write it instead.";
const DUPLICATES: &str =
    "Of a key that an object has twice, the last value stays. The order of keys and spaces are lost.";

/// The conversion of the column to the type of the field. `None` if it could change a value, or if a person has to decide.
pub(super) fn conversion(field: &FieldDescription, column: &ExistingColumn) -> Option<Conversion> {
    let name = SQL.quote(&column.name);
    let cast = |target: &str| Some(format!("{name}::{target}"));
    let is_text = matches!(column.column_type, ColumnType::Text(_));
    let (using, cost, note) = match (field.value_type(), &column.column_type) {
        (ValueType::Float, ColumnType::Float32) => (None, Cost::Rewrite, None),
        (ValueType::Decimal, ColumnType::Integer(_)) => (None, Cost::Rewrite, None),
        (ValueType::Integer { .. }, ColumnType::Integer(_)) => (None, Cost::Rewrite, None),
        (ValueType::DateTime, ColumnType::Convertible(Convertible::LocalDateTime)) => {
            (None, Cost::Indexes, Some(UTC))
        }
        (ValueType::Json, ColumnType::Convertible(Convertible::JsonText)) => {
            (cast("jsonb"), Cost::Rewrite, Some(DUPLICATES))
        }
        (ValueType::Text, ColumnType::Convertible(Convertible::OtherText) | ColumnType::Uuid) => {
            (cast("text"), Cost::Rewrite, None)
        }
        (ValueType::Uuid, ColumnType::Convertible(Convertible::OtherText)) => {
            (cast("uuid"), Cost::Rewrite, None)
        }
        (ValueType::Uuid, _) if is_text => (cast("uuid"), Cost::Rewrite, None),
        (ValueType::Json, _) if is_text => (cast("jsonb"), Cost::Rewrite, Some(DUPLICATES)),
        _ => return None,
    };
    Some(Conversion {
        default: using.as_ref().and(column.default.clone()),
        using,
        is_from_local_time: note == Some(UTC),
        cost,
        note,
    })
}
