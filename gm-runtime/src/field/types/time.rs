//! Dates, times and instants.
//!
//! The wire and the databases hold microseconds: what is finer is cut where a value enters, so that a row equals what is
//! read back.

use chrono::{DateTime, NaiveDate, NaiveTime, Timelike, Utc};

use super::{CalendarField, FieldType, InstantField, NotNull, OrderedField, field_type};
use crate::field::{Value, ValueError, ValueType};

field_type!(
    NaiveDate,
    ValueType::Date,
    Date,
    |v| v,
    Ok,
    OrderedField,
    CalendarField
);
field_type!(NaiveTime, ValueType::Time, Time, microseconds, Ok, OrderedField);
field_type!(
    DateTime<Utc>,
    ValueType::DateTime,
    DateTime,
    microseconds,
    Ok,
    OrderedField,
    CalendarField,
    InstantField
);

fn microseconds<T: Timelike + Copy>(time: T) -> T {
    let nanoseconds = time.nanosecond();
    time.with_nanosecond(nanoseconds / 1_000 * 1_000).unwrap_or(time)
}
