//! Values as JSON, both ways. Nothing is coerced (R-json-types).

use chrono::{
    DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc,
};
use rust_decimal::Decimal;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::field::{Value, ValueError, ValueType};

/// The most significant digits that every double of that many digits gives back unchanged.
const EXACT_DOUBLE_DIGITS: usize = 15;

/// Appends the value as JSON.
pub(crate) fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Integer(value) => write_plain(out, value),
        Value::Float(value) => write_plain(out, value),
        Value::Text(text) => write_text(text, out),
        Value::Decimal(value) => write_quoted(out, format_args!("{value}")),
        Value::Date(date) => write_quoted(out, format_args!("{}", Day(date))),
        Value::DateTime(instant) => {
            let (hour, minute, second) = (instant.hour(), instant.minute(), instant.second());
            let day = Day(&instant.date_naive());
            match instant.timestamp_subsec_micros() {
                0 => write_quoted(out, format_args!("{day}T{hour:02}:{minute:02}:{second:02}Z")),
                micros => write_quoted(
                    out,
                    format_args!("{day}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z"),
                ),
            }
        }
        Value::Uuid(id) => write_quoted(out, format_args!("{}", id.hyphenated())),
    }
}

/// Appends the text as JSON, escaped.
pub(crate) fn write_text(text: &str, out: &mut Vec<u8>) {
    write_plain(out, text);
}

/// `2024-01-31`. Half of chrono's own formatting is reading the format.
struct Day<'a>(&'a NaiveDate);

impl std::fmt::Display for Day<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:04}-{:02}-{:02}",
            self.0.year(),
            self.0.month(),
            self.0.day()
        )
    }
}

fn write_plain(out: &mut Vec<u8>, value: &(impl serde::Serialize + ?Sized)) {
    // Numbers and text always serialize, and a vector always takes them.
    let _ = serde_json::to_writer(out, value);
}

/// For text that needs no escapes.
fn write_quoted(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    use std::io::Write;
    out.push(b'"');
    let _ = out.write_fmt(text);
    out.push(b'"');
}

/// Reads a value of this type. Null is read as [`Value::Null`], whether the field may be null or not.
pub(crate) fn read(json: Json, value_type: ValueType) -> Result<Value, ValueError> {
    let expected = || ValueError::new(format!("expected {}", value_type.name()));
    match (value_type, json) {
        (_, Json::Null) => Ok(Value::Null),
        (ValueType::Bool, Json::Bool(value)) => Ok(Value::Bool(value)),
        (ValueType::Integer { min, max }, Json::Number(number)) => {
            let value = number.as_i64().filter(|value| (min..=max).contains(value));
            value
                .map(Value::Integer)
                .ok_or_else(|| ValueError::new(format!("expected an integer from {min} to {max}")))
        }
        (ValueType::Float, Json::Number(number)) => number
            .as_f64()
            .filter(|value| value.is_finite())
            .map(Value::Float)
            .ok_or_else(expected),
        (ValueType::Decimal, Json::String(text)) => {
            decimal_text(&text).map(Value::Decimal).ok_or_else(expected)
        }
        (ValueType::Decimal, Json::Number(number)) => {
            decimal_number(&number).map(Value::Decimal).ok_or_else(expected)
        }
        (ValueType::Text, Json::String(text)) => Ok(Value::Text(text)),
        (ValueType::Date, Json::String(text)) => date(&text).map(Value::Date).ok_or_else(expected),
        (ValueType::DateTime, Json::String(text)) => {
            datetime(&text).map(Value::DateTime).ok_or_else(expected)
        }
        (ValueType::Uuid, Json::String(text)) => uuid(&text).map(Value::Uuid).ok_or_else(expected),
        _ => Err(expected()),
    }
}

/// `-?digits[.digits]`, at most 28 digits but for zeros at either end. Keeps the places, as far as it has room.
fn decimal_text(text: &str) -> Option<Decimal> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned
        .split_once('.')
        .map_or((unsigned, None), |(whole, fraction)| (whole, Some(fraction)));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !fraction.is_none_or(all_digits) {
        return None;
    }
    // Zeros at either end are not digits that count.
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.unwrap_or("");
    let digits = match fraction.trim_end_matches('0') {
        "" => format!("0{whole}"),
        fraction => format!("0{whole}.{fraction}"),
    };
    let mut value = Decimal::from_str_exact(&digits).ok()?;
    value.rescale(
        u32::try_from(fraction.len()).map_or(Decimal::MAX_SCALE, |places| places.min(Decimal::MAX_SCALE)),
    );
    value.set_sign_negative(text.starts_with('-') && !value.is_zero());
    Some(value)
}

/// `1.20E-7`: what Python makes of a decimal with six zeros after its point. Only an owner may say it so.
#[cfg(feature = "client")]
pub(crate) fn decimal_with_exponent(text: &str) -> Option<Decimal> {
    let (digits, _) = text.split_once(['e', 'E'])?;
    // Rounds what has too many digits, where this does not.
    decimal_text(digits)?;
    let mut value = Decimal::from_scientific(text).ok()?;
    if value.is_zero() {
        value.set_sign_positive(true);
    }
    Some(value)
}

/// The shortest decimal that reads back as the same double.
fn decimal_number(number: &serde_json::Number) -> Option<Decimal> {
    // Rust prints a double's shortest digits, without an exponent.
    let text = match (number.as_i64(), number.as_u64()) {
        (Some(value), _) => value.to_string(),
        (None, Some(value)) => value.to_string(),
        (None, None) => number.as_f64()?.to_string(),
    };
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let significant = digits.trim_start_matches('0').trim_end_matches('0').len();
    if significant > EXACT_DOUBLE_DIGITS {
        None
    } else {
        decimal_text(&text)
    }
}

fn uuid(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

/// `2024-01-31`, years 1 to 9999.
fn date(text: &str) -> Option<NaiveDate> {
    let mut scanner = Scanner(text.as_bytes());
    let date = scanner.date()?;
    scanner.0.is_empty().then_some(date)
}

/// RFC 3339, with what the contract allows beyond it: the offset may be missing, a space may stand for the `T`.
fn datetime(text: &str) -> Option<DateTime<Utc>> {
    let mut scanner = Scanner(text.as_bytes());
    let date = scanner.date()?;
    scanner.one_of(b"Tt ")?;
    let time = scanner.time()?;
    let offset = scanner.offset()?;
    if !scanner.0.is_empty() {
        return None;
    }
    let local = NaiveDateTime::new(date, time);
    let utc = local
        .checked_sub_signed(TimeDelta::seconds(offset.local_minus_utc().into()))?
        .and_utc();
    (1..=9999).contains(&utc.year()).then_some(utc)
}

/// What is left of a text.
struct Scanner<'a>(&'a [u8]);

impl Scanner<'_> {
    fn number(&mut self, digits: usize) -> Option<u32> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        number.iter().try_fold(0_u32, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + u32::from(digit - b'0'))
        })
    }

    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        bytes.contains(first).then(|| {
            self.0 = rest;
            *first
        })
    }

    fn date(&mut self) -> Option<NaiveDate> {
        let year = self.number(4).filter(|year| *year >= 1)?;
        self.one_of(b"-")?;
        let month = self.number(2)?;
        self.one_of(b"-")?;
        let day = self.number(2)?;
        NaiveDate::from_ymd_opt(year.try_into().ok()?, month, day)
    }

    fn time(&mut self) -> Option<NaiveTime> {
        let hour = self.number(2)?;
        self.one_of(b":")?;
        let minute = self.number(2)?;
        self.one_of(b":")?;
        let second = self.number(2)?;
        let mut microsecond = 0;
        if self.one_of(b".").is_some() {
            let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let places = u32::try_from(digits)
                .ok()
                .filter(|digits| (1..=6).contains(digits))?;
            microsecond = self.number(digits)? * 10_u32.pow(6 - places);
        }
        NaiveTime::from_hms_micro_opt(hour, minute, second, microsecond)
            // chrono reads a leap second where there are over a million microseconds; there are none here.
            .filter(|time| time.nanosecond() < 1_000_000_000)
    }

    fn offset(&mut self) -> Option<FixedOffset> {
        match self.one_of(b"Zz+-") {
            None if self.0.is_empty() => FixedOffset::east_opt(0),
            None => None,
            Some(b'Z' | b'z') => FixedOffset::east_opt(0),
            Some(sign) => {
                let hours = self.number(2).filter(|hours| *hours < 24)?;
                self.one_of(b":")?;
                let minutes = self.number(2).filter(|minutes| *minutes < 60)?;
                let seconds = i32::try_from((hours * 60 + minutes) * 60).ok()?;
                FixedOffset::east_opt(if sign == b'-' { -seconds } else { seconds })
            }
        }
    }
}
