//! Whether the type of a column holds the values of its field, and no others.

use super::comparison::Comparison;
use crate::field::{FieldValues, ValueType};
use crate::interface::postgres::schema::change::{Conversion, Cost, Remedy};
use crate::interface::postgres::schema::column_type::{ColumnType, MICROSECONDS};
use crate::interface::postgres::schema::conversion::conversion;
use crate::interface::postgres::schema::existing_table::ExistingColumn;
use crate::manager::FieldDescription;

impl Comparison<'_> {
    pub(super) fn column_type(&mut self, column: &ExistingColumn) {
        match (self.target.field.value_type(), &column.column_type) {
            (ValueType::Bool, ColumnType::Bool)
            | (ValueType::Float, ColumnType::Float)
            | (ValueType::Float32, ColumnType::Float32)
            | (ValueType::Bytes, ColumnType::Bytes)
            | (ValueType::Date, ColumnType::Date)
            | (ValueType::Uuid, ColumnType::Uuid)
            | (ValueType::Json, ColumnType::Json) => {}
            (ValueType::Integer { .. }, ColumnType::Integer(bytes)) => self.range(column, *bytes),
            (ValueType::Decimal, ColumnType::Numeric(digits)) => self.digits(column, *digits),
            (ValueType::Text, ColumnType::Text(length)) => self.length(column, *length),
            (ValueType::Time, ColumnType::Time(digits))
            | (ValueType::DateTime, ColumnType::DateTime(digits)) => self.fraction(column, *digits),
            _ => self.other_type(column),
        }
    }

    fn other_type(&mut self, column: &ExistingColumn) {
        let (name, declared, expected) = (&column.name, &column.declared, self.definition());
        let remedy = match conversion(self.target.field, column) {
            Some(conversion) => self.retype(column, conversion),
            None => Remedy::None,
        };
        self.is_undecided = matches!(remedy, Remedy::None);
        self.error(
            remedy,
            format!(
                "the column `{name}` is `{declared}`, which does not store the field's values unchanged; expected `{expected}`"
            ),
        );
    }

    /// The remedy for a column whose type is the field's, and holds too little.
    fn widen(&self, column: &ExistingColumn, cost: Cost) -> Remedy {
        self.retype(column, Conversion::implicit(cost))
    }

    fn range(&mut self, column: &ExistingColumn, bytes: u32) {
        // No write sends such an id, and Postgres compares integers of any size.
        if self.target.assigned {
            return;
        }
        let (least, greatest) = match bytes {
            2 => (i64::from(i16::MIN), i64::from(i16::MAX)),
            4 => (i64::from(i32::MIN), i64::from(i32::MAX)),
            _ => return,
        };
        let (min, max) = range_of(self.target.field);
        if min < least || max > greatest {
            self.error(
                self.widen(column, Cost::Rewrite),
                format!(
                    "the column `{}` is `{}`, which holds {least} to {greatest}, and the field holds {min} to {max}; expected `{}`, or \
                     declare a `min` and a `max`",
                    column.name,
                    column.declared,
                    self.definition()
                ),
            );
        }
    }

    fn digits(&mut self, column: &ExistingColumn, digits: Option<(u32, i32)>) {
        let Some(field) = self.target.field.decimal() else {
            return;
        };
        let (name, declared, expected) = (&column.name, &column.declared, self.definition());
        let Some((precision, scale)) = digits else {
            self.warning(other_places(name, declared, field.decimal_places));
            return;
        };
        let places = i64::from(field.decimal_places);
        let whole = i64::from(precision).saturating_sub(i64::from(scale));
        let field_whole = i64::from(field.max_digits).saturating_sub(places);
        if i64::from(scale) < places {
            self.error(
                self.widen(column, Cost::Rewrite),
                format!(
                    "the column `{name}` is `{declared}`, whose scale is {scale}, so it rounds the values of the field, which has `decimal_places = \
                     {places}`; expected `{expected}`"
                ),
            );
        } else if whole < field_whole {
            // Fewer places would round values.
            let remedy = if i64::from(scale) == places {
                self.widen(column, Cost::Catalog)
            } else {
                Remedy::None
            };
            self.error(
                remedy,
                format!(
                    "the column `{name}` is `{declared}`, which has {whole} digits before the point, and the field has up to \
                     {field_whole}; expected `{expected}`"
                ),
            );
        } else if i64::from(scale) > places {
            self.warning(other_places(name, declared, field.decimal_places));
        }
    }

    fn length(&mut self, column: &ExistingColumn, length: Option<u32>) {
        let Some(column_length) = length else {
            return;
        };
        let (name, declared, expected) = (&column.name, &column.declared, self.definition());
        let cost = if column.sorts_by_bytes {
            Cost::Catalog
        } else {
            Cost::Indexes
        };
        match longest(self.target.field) {
            Some(length) if length > column_length => self.error(
                self.widen(column, cost),
                format!("the column `{name}` is `{declared}`, and the field holds up to {length}; expected `{expected}`"),
            ),
            None => self.error(
                self.widen(column, cost),
                format!(
                    "the column `{name}` is `{declared}`, and the field has no `max_length`: Postgres refuses longer text; declare \
                     `max_length = {column_length}`, or make the column `{expected}`"
                ),
            ),
            Some(_) => {}
        }
    }

    fn fraction(&mut self, column: &ExistingColumn, digits: u32) {
        if digits < MICROSECONDS {
            self.error(
                self.widen(column, Cost::Catalog),
                format!(
                    "the column `{}` is `{}`, which rounds to {digits} digits of a second, and the field holds microseconds; \
                     expected `{}`",
                    column.name,
                    column.declared,
                    self.definition()
                ),
            );
        }
    }
}

fn other_places(name: &str, declared: &str, places: u32) -> String {
    format!(
        "the column `{name}` is `{declared}`, in which other programs can store more places than the field's `decimal_places = \
         {places}`: such a value can't be read"
    )
}

/// The least and the greatest integer that a write may have.
fn range_of(field: &FieldDescription) -> (i64, i64) {
    let (least, greatest) = match field.value_type() {
        ValueType::Integer { min, max } => (min, max),
        _ => (i64::MIN, i64::MAX),
    };
    let limit = |text: Option<&str>, otherwise| text.and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    (limit(field.min(), least), limit(field.max(), greatest))
}

/// The most characters that a write may have. `None` if there is no limit.
fn longest(field: &FieldDescription) -> Option<u32> {
    let names = match field.values() {
        // An owner stores only the names.
        FieldValues::Names(names) | FieldValues::Open(names) => names,
        FieldValues::All | FieldValues::Custom(_) => return field.max_length(),
    };
    let characters = names.iter().map(|name| name.chars().count()).max()?;
    u32::try_from(characters).ok()
}
