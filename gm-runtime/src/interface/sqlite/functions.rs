//! Application-defined SQL functions: what lookups need and SQLite lacks.

use chrono::{DateTime, Datelike, Utc};
use memchr::memmem;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};

use super::cancellation::check;
use super::decode::comparable_json;
use crate::field::fold_case;
use crate::query::pattern;

/// The text with folded case.
pub(super) const FOLD: &str = "gm_fold";
/// Whether a text contains another one, in linear time.
pub(super) const CONTAINS: &str = "gm_contains";
/// JSON, normalized for comparisons.
pub(super) const JSON: &str = "gm_json";
/// Whether a text matches a regular expression. The third argument says whether to ignore case.
pub(super) const REGEX: &str = "gm_regex";
/// The month, in UTC, of microseconds since 1970.
pub(super) const MONTH: &str = "gm_month";
/// The day of the month, in UTC, of microseconds since 1970.
pub(super) const DAY: &str = "gm_day";

pub(super) fn register(connection: &Connection) -> Result<()> {
    // Innocuous, so that indexes and views of the schema may use them.
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function(FOLD, 1, flags, |context| {
        Ok(match context.get_raw(0) {
            ValueRef::Text(text) => {
                check(text.len())?;
                // Text that is not UTF-8 matches nothing. An error would fail the query for every other row too.
                std::str::from_utf8(text).ok().map(fold_case)
            }
            _ => None,
        })
    })?;
    connection.create_scalar_function(JSON, 1, flags, |context| {
        Ok(match context.get_raw(0) {
            ValueRef::Text(text) => {
                check(text.len())?;
                comparable_json(text)
            }
            _ => None,
        })
    })?;
    connection.create_scalar_function(CONTAINS, 2, flags, |context| {
        Ok(match (context.get_raw(0), context.get_raw(1)) {
            (ValueRef::Text(text), ValueRef::Text(part)) => {
                check(text.len())?;
                // In UTF-8, a text contains another one if its bytes do.
                Some(memmem::find(text, part).is_some())
            }
            _ => None,
        })
    })?;
    connection.create_scalar_function(REGEX, 3, flags, |context| {
        let ignore_case: bool = context.get(2)?;
        Ok(match (context.get_raw(0), context.get_raw(1)) {
            (ValueRef::Text(text), ValueRef::Text(pattern)) => {
                check(text.len())?;
                let (Ok(text), Ok(pattern)) = (std::str::from_utf8(text), std::str::from_utf8(pattern))
                else {
                    return Ok(None);
                };
                let matched = pattern::try_match(pattern, ignore_case, text);
                Some(matched.map_err(|late| rusqlite::Error::UserFunctionError(Box::new(late)))?)
            }
            _ => None,
        })
    })?;
    connection.create_scalar_function(MONTH, 1, flags, |context| {
        Ok(instant(context).map(|instant| instant.month()))
    })?;
    connection.create_scalar_function(DAY, 1, flags, |context| {
        Ok(instant(context).map(|instant| instant.day()))
    })
}

fn instant(context: &Context<'_>) -> Option<DateTime<Utc>> {
    match context.get_raw(0) {
        ValueRef::Integer(microseconds) => DateTime::from_timestamp_micros(microseconds),
        _ => None,
    }
}
