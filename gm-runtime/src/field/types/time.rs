//! Dates, times and instants.
//!
//! The wire and the databases hold microseconds. A value is truncated when it enters, so that a written row equals the row that
//! is read back.

use chrono::{DateTime, NaiveDate, NaiveTime, Timelike, Utc};

use super::field_type::field_type;
use super::{CalendarField, FieldType, FieldValues, InstantField, NotNull, OrderedField};
use crate::field::{Value, ValueError, ValueType};

field_type!(NaiveDate, ValueType::Date, Date, |v| v, Ok);
field_type!(NaiveTime, ValueType::Time, Time, truncate_to_microseconds, Ok);
field_type!(
    DateTime<Utc>,
    ValueType::DateTime,
    DateTime,
    truncate_to_microseconds,
    Ok
);

impl OrderedField for NaiveDate {}
impl OrderedField for NaiveTime {}
impl OrderedField for DateTime<Utc> {}
impl CalendarField for NaiveDate {}
impl CalendarField for DateTime<Utc> {}
impl InstantField for DateTime<Utc> {}

fn truncate_to_microseconds<T: Timelike + Copy>(time: T) -> T {
    let nanoseconds = time.nanosecond();
    time.with_nanosecond(nanoseconds / 1_000 * 1_000).unwrap_or(time)
}
