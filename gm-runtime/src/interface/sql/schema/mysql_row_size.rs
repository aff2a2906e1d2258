//! MySQL's limit on the size of a row.

use std::cmp::Reverse;

use super::column_types::{MYSQL_KEY_BYTES, MYSQL_KEY_CHARACTERS};
use super::target_column::TargetColumn;
use crate::error::Error;
use crate::field::ValueType;
use crate::manager::FieldDescription;

/// The largest size of a row whose columns all have their maximum length. A column that is stored outside of its row
/// counts with its pointer only.
const ROW_BYTES: u64 = 65_535;
/// The pointer to a value that is stored outside of its row. MySQL states 9 to 12 bytes.
const POINTER_BYTES: u64 = 12;
const CHARACTER_BYTES: u64 = 4;
const LENGTH_BYTES: u64 = 2;

/// The columns to store outside of their rows, which would be too large otherwise: the largest first, and no more than
/// necessary. A column with an index stays, because MySQL can index only a type with a length.
pub(super) fn columns_outside_row(table: &str, columns: &[TargetColumn]) -> Result<Vec<&'static str>, Error> {
    let nullable = columns.iter().filter(|column| column.field.nullable()).count() as u64;
    let values: u64 = columns.iter().map(|column| max_bytes(column.field)).sum();
    let mut row = 1 + nullable.div_ceil(8) + values;
    let (indexed, mut movable): (Vec<&TargetColumn>, Vec<_>) =
        columns.iter().partition(|column| column.has_index());
    movable.retain(|column| has_length(column.field) && max_bytes(column.field) > POINTER_BYTES);
    movable.sort_by_key(|column| Reverse(max_bytes(column.field)));
    let mut outside = Vec::new();
    for column in movable {
        if row <= ROW_BYTES {
            break;
        }
        row = row - max_bytes(column.field) + POINTER_BYTES;
        outside.push(column.name());
    }
    if row <= ROW_BYTES {
        return Ok(outside);
    }
    let names: Vec<_> = indexed
        .iter()
        .filter(|column| has_length(column.field))
        .map(|column| format!("`{}`.`{}`", column.manager.name(), column.field.name()))
        .collect();
    Err(Error::Configuration(format!(
        "the table `{table}` is too wide for MySQL, whose rows have {ROW_BYTES} bytes at most: with the longest text a row has \
         {row}, and text that has an index can't be stored outside of its row; declare a shorter `max_length`, or no index, \
         for some of {}",
        names.join(", ")
    )))
}

fn has_length(field: &FieldDescription) -> bool {
    matches!(field.value_type(), ValueType::Text | ValueType::Bytes)
}

/// The largest size of a value in a row, for the type that the field has in MySQL.
fn max_bytes(field: &FieldDescription) -> u64 {
    match field.value_type() {
        ValueType::Bool => 1,
        ValueType::Date => 3,
        ValueType::Float32 => 4,
        ValueType::Time => 6,
        ValueType::Integer { .. } | ValueType::Float | ValueType::DateTime => 8,
        ValueType::Json => POINTER_BYTES,
        // MySQL packs nine digits in four bytes, and has 65 digits at most.
        ValueType::Decimal => 32,
        ValueType::Uuid => 36 * CHARACTER_BYTES,
        ValueType::Text => match field.max_length() {
            Some(length @ ..=MYSQL_KEY_CHARACTERS) => u64::from(length) * CHARACTER_BYTES + LENGTH_BYTES,
            _ => POINTER_BYTES,
        },
        ValueType::Bytes => match field.max_length() {
            Some(length @ ..=MYSQL_KEY_BYTES) => u64::from(length) + LENGTH_BYTES,
            _ => POINTER_BYTES,
        },
    }
}
