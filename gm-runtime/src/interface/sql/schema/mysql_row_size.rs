//! How long a row of MySQL's may be.

use std::cmp::Reverse;

use super::column_types::{MYSQL_KEY_BYTES, MYSQL_KEY_CHARACTERS};
use super::target::{WantedColumn, WantedTable};
use crate::error::Error;
use crate::field::ValueType;
use crate::manager::FieldDescription;

/// The most bytes of a row in which every column is as long as it may be. What is kept apart counts with its place only.
const ROW_BYTES: u64 = 65_535;
/// The place in a row of a text that is kept apart, which MySQL calls 9 to 12 bytes.
const APART_BYTES: u64 = 12;
const CHARACTER_BYTES: u64 = 4;
const LENGTH_BYTES: u64 = 2;

impl WantedTable {
    /// The columns to be kept apart from their rows, which are too long with them: the longest, and of the others as many
    /// as the rest needs. An index needs a column with a length, so those that have one stay.
    pub(super) fn apart_in_mysql(&self, columns: &[WantedColumn]) -> Result<Vec<&'static str>, Error> {
        let nullable = columns.iter().filter(|column| column.field.nullable()).count() as u64;
        let values: u64 = columns.iter().map(|column| bytes(column.field)).sum();
        let mut row = 1 + nullable.div_ceil(8) + values;
        let (stay, mut may_move): (Vec<&WantedColumn>, Vec<_>) =
            columns.iter().partition(|column| column.has_index());
        may_move.retain(|column| has_length(column.field) && bytes(column.field) > APART_BYTES);
        may_move.sort_by_key(|column| Reverse(bytes(column.field)));
        let mut apart = Vec::new();
        for column in may_move {
            if row <= ROW_BYTES {
                break;
            }
            row = row - bytes(column.field) + APART_BYTES;
            apart.push(column.name());
        }
        if row <= ROW_BYTES {
            return Ok(apart);
        }
        let names: Vec<_> = stay
            .iter()
            .filter(|column| has_length(column.field))
            .map(|column| format!("`{}`.`{}`", column.manager.name(), column.field.name()))
            .collect();
        Err(Error::Configuration(format!(
            "the table `{}` is too wide for MySQL, whose rows have {ROW_BYTES} bytes at most: with the longest text it takes \
             {row}, and text that has an index can't be kept apart from its row; declare a shorter `max_length`, or no index, \
             for some of {}",
            self.name,
            names.join(", ")
        )))
    }
}

fn has_length(field: &FieldDescription) -> bool {
    matches!(field.value_type(), ValueType::Text | ValueType::Bytes)
}

/// The most bytes that a value takes in a row, of the type that the field has in MySQL.
fn bytes(field: &FieldDescription) -> u64 {
    match field.value_type() {
        ValueType::Bool => 1,
        ValueType::Date => 3,
        ValueType::Float32 => 4,
        ValueType::Time => 6,
        ValueType::Integer { .. } | ValueType::Float | ValueType::DateTime => 8,
        ValueType::Json => APART_BYTES,
        // Four for nine digits, before the point and behind it, of 65 at most.
        ValueType::Decimal => 32,
        ValueType::Uuid => 36 * CHARACTER_BYTES,
        ValueType::Text => match field.max_length() {
            Some(length @ ..=MYSQL_KEY_CHARACTERS) => u64::from(length) * CHARACTER_BYTES + LENGTH_BYTES,
            _ => APART_BYTES,
        },
        ValueType::Bytes => match field.max_length() {
            Some(length @ ..=MYSQL_KEY_BYTES) => u64::from(length) + LENGTH_BYTES,
            _ => APART_BYTES,
        },
    }
}
