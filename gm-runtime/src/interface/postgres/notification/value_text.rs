//! Values as the text that Postgres gives them in a notification.
//!
//! A text that is not exactly a value of the field's type has no value. The notification then is a refresh for the subscribers
//! that need the value.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Timelike, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::field::{Value, ValueType};
use crate::json::{MemoryBudget, RawJson, TextForm, to_text};
use crate::manager::FieldDescription;

/// Decodes the text of a value.
pub(super) fn value_of(field: &FieldDescription, text: &str) -> Option<Value> {
    Some(match field.value_type() {
        ValueType::Bool => Value::Bool(match text {
            "true" => true,
            "false" => false,
            _ => return None,
        }),
        ValueType::Integer { min, max } => {
            let integer = number(text)?.parse().ok()?;
            Value::Integer((min..=max).contains(&integer).then_some(integer)?)
        }
        ValueType::Float => Value::Float(
            number(text)?
                .parse()
                .ok()
                .filter(|float: &f64| float.is_finite())?,
        ),
        ValueType::Float32 => Value::Float32(
            number(text)?
                .parse()
                .ok()
                .filter(|float: &f32| float.is_finite())?,
        ),
        ValueType::Decimal => Value::Decimal(decimal(field, number(text)?)?),
        ValueType::Text => Value::Text(text.to_owned()),
        ValueType::Bytes => Value::Bytes(bytes(text)?.into()),
        ValueType::Date => Value::Date(date(text)?),
        ValueType::Time => Value::Time(time(text)?),
        ValueType::DateTime => Value::DateTime(instant(text)?),
        ValueType::Uuid => Value::Uuid(uuid(text)?),
        ValueType::Json => Value::Json(Box::new(json(text)?)),
    })
}

/// The text of an id, as [`value_of`] decodes it.
pub(super) fn text_of(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Float32(value) => value.to_string(),
        Value::Decimal(value) => value.to_string(),
        Value::Text(text) => text.clone(),
        Value::Bytes(bytes) => bytes
            .iter()
            .fold("\\x".to_owned(), |text, byte| format!("{text}{byte:02x}")),
        Value::Date(date) => date.to_string(),
        Value::Time(time) => time.to_string(),
        Value::DateTime(instant) => instant.to_rfc3339(),
        Value::Uuid(id) => id.hyphenated().to_string(),
        Value::Json(json) => to_text(json, TextForm::Stored),
    })
}

/// A text that begins as a number. Rust also parses `+1`, `inf` and `nan`.
fn number(text: &str) -> Option<&str> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits
        .starts_with(|first: char| first.is_ascii_digit())
        .then_some(text)
}

/// Postgres holds more digits than a field.
fn decimal(field: &FieldDescription, text: &str) -> Option<Decimal> {
    let decimal = Decimal::from_str_exact(text).ok()?;
    let Some(digits) = field.decimal() else {
        return Some(decimal);
    };
    let mut rescaled = decimal;
    rescaled.rescale(digits.decimal_places);
    let bound = 10_i128.checked_pow(digits.max_digits)?;
    let is_exact = rescaled == decimal && rescaled.scale() == digits.decimal_places;
    (is_exact && rescaled.mantissa().checked_abs()? < bound).then_some(rescaled)
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("\\x")?.as_bytes();
    let (pairs, rest) = digits.as_chunks::<2>();
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let byte = |[high, low]: &[u8; 2]| Some(digit(*high)? << 4 | digit(*low)?);
    rest.is_empty().then(|| pairs.iter().map(byte).collect())?
}

/// Fails for a year after 9999 and before 1, and for `infinity`.
fn date(text: &str) -> Option<NaiveDate> {
    let is_usual = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let date: NaiveDate = is_usual.then(|| text.parse().ok())??;
    (date.year() >= 1).then_some(date)
}

/// Fails for 24:00:00, which Postgres has too.
fn time(text: &str) -> Option<NaiveTime> {
    let is_usual = text.len() >= 8
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b":.".contains(&byte));
    let time: NaiveTime = is_usual.then(|| text.parse().ok())??;
    // Not a leap second, which Postgres does not have.
    (time.nanosecond() < 1_000_000_000).then_some(time)
}

/// An instant with its offset from UTC, which is that of the session that sent it.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    let (date_text, rest) = text.split_once(['T', ' '])?;
    let offset_at = rest.rfind(['+', '-'])?;
    let (time_text, offset) = (rest.get(..offset_at)?, rest.get(offset_at..)?);
    let mut parts = offset.get(1..)?.split(':').map(|part| {
        let is_usual = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        is_usual.then(|| part.parse::<i32>().ok()).flatten()
    });
    let (hours, minutes, seconds) = (
        parts.next()??,
        parts.next().unwrap_or(Some(0))?,
        parts.next().unwrap_or(Some(0))?,
    );
    if parts.next().is_some() || minutes > 59 || seconds > 59 {
        return None;
    }
    let offset_seconds = hours * 3_600 + minutes * 60 + seconds;
    let east = if offset.starts_with('-') {
        -offset_seconds
    } else {
        offset_seconds
    };
    // The local date of an instant in the year 9999 may be in the year 10000.
    let date: NaiveDate = match date_text.len() {
        10 => date(date_text)?,
        _ => return None,
    };
    let local = date.and_time(time(time_text)?);
    let instant = local
        .checked_sub_signed(chrono::TimeDelta::seconds(i64::from(east)))?
        .and_utc();
    (1..=9999).contains(&instant.year()).then_some(instant)
}

/// Accepts only the spelling of Postgres.
fn uuid(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    let mut buffer = Uuid::encode_buffer();
    (*id.hyphenated().encode_lower(&mut buffer) == *text).then_some(id)
}

fn json(text: &str) -> Option<serde_json::Value> {
    let json = RawJson::parse(text, usize::MAX).ok()?;
    let value = json.to_value(&mut MemoryBudget::unbounded()).ok()?;
    (!value.is_null()).then_some(value)
}
