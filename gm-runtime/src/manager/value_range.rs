//! The minimum and the maximum of a field.
//!
//! They are literals, parsed in const evaluation, so that a limit which is not a value of the field's type is a compile error.
#![expect(
    clippy::panic,
    reason = "a panic in const evaluation is a compile error of the manager"
)]

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::Decimal;

use crate::field::{Value, ValueType};

/// The most digits of a number: those of a `Decimal`.
const MAX_DIGITS: u32 = 28;
/// Decimals of at most 15 digits survive the conversion to a double and back.
const MAX_DOUBLE_DIGITS: i128 = 10_i128.pow(15);

/// A minimum or maximum.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    pub(super) text: &'static str,
    bound: Bound,
}

#[derive(Clone, Copy, Debug)]
enum Bound {
    /// `mantissa / 10^scale`, of at most [`MAX_DIGITS`] digits.
    Number {
        mantissa: i128,
        scale: u32,
    },
    Date(NaiveDate),
    Time(NaiveTime),
    DateTime(DateTime<Utc>),
}

impl Limit {
    /// Parses the limit of a field of this type.
    ///
    /// # Panics
    /// If it is not a value of the type.
    #[track_caller]
    pub(super) const fn read(text: &'static str, value_type: ValueType) -> Self {
        let bound = match value_type {
            ValueType::Integer { min, max } => integer(text, min as i128, max as i128),
            ValueType::Float | ValueType::Float32 => double(text),
            ValueType::Decimal => number(text),
            ValueType::Date => Bound::Date(date(text)),
            ValueType::Time => Bound::Time(time(text.as_bytes(), 0, 8)),
            ValueType::DateTime => Bound::DateTime(instant(text.as_bytes())),
            ValueType::Bool | ValueType::Text | ValueType::Bytes | ValueType::Uuid | ValueType::Json => {
                panic!("`min` and `max` are for numbers, dates and times; `max_length` is for text and bytes")
            }
        };
        Self { text, bound }
    }

    /// Whether this limit is greater than another one of the same field.
    pub(super) const fn exceeds(&self, other: &Self) -> bool {
        match (&self.bound, &other.bound) {
            (
                Bound::Number { mantissa, scale },
                Bound::Number {
                    mantissa: m,
                    scale: s,
                },
            ) => {
                let (whole, other) = (whole(*mantissa, *scale), whole(*m, *s));
                whole > other || (whole == other && rest(*mantissa, *scale) > rest(*m, *s))
            }
            // Dates and times have one spelling each, whose order is that of the text.
            _ => is_later(self.text.as_bytes(), other.text.as_bytes()),
        }
    }

    /// Compares a value of the field with this limit.
    pub(super) fn compare(&self, value: &Value) -> Option<Ordering> {
        match (value, &self.bound) {
            (Value::Integer(value), Bound::Number { mantissa, .. }) => Some(i128::from(*value).cmp(mantissa)),
            (Value::Float(value), Bound::Number { mantissa, scale }) => {
                value.partial_cmp(&nearest(*mantissa, *scale))
            }
            (Value::Float32(value), Bound::Number { mantissa, scale }) => {
                value.partial_cmp(&(nearest(*mantissa, *scale) as f32))
            }
            (Value::Decimal(value), Bound::Number { mantissa, scale }) => {
                let limit = Decimal::try_from_i128_with_scale(*mantissa, *scale).ok()?;
                Some(value.cmp(&limit))
            }
            (Value::Date(value), Bound::Date(limit)) => Some(value.cmp(limit)),
            (Value::Time(value), Bound::Time(limit)) => Some(value.cmp(limit)),
            (Value::DateTime(value), Bound::DateTime(limit)) => Some(value.cmp(limit)),
            _ => None,
        }
    }

    /// Whether it is a date or a time. Error messages then say "later" and "earlier".
    pub(super) fn is_time(&self) -> bool {
        !matches!(self.bound, Bound::Number { .. })
    }
}

/// The nearest double, for at most 15 digits: both operands are exact, and the division rounds once.
fn nearest(mantissa: i128, scale: u32) -> f64 {
    mantissa as f64 / 10_f64.powi(scale.cast_signed())
}

const fn whole(mantissa: i128, scale: u32) -> i128 {
    mantissa.div_euclid(10_i128.pow(scale))
}

/// The fraction, in units of the smallest possible place.
const fn rest(mantissa: i128, scale: u32) -> i128 {
    mantissa.rem_euclid(10_i128.pow(scale)) * 10_i128.pow(MAX_DIGITS - scale)
}

#[track_caller]
const fn integer(text: &str, min: i128, max: i128) -> Bound {
    let bound = number(text);
    match bound {
        Bound::Number { mantissa, scale: 0 } if min <= mantissa && mantissa <= max => bound,
        Bound::Number { scale: 0, .. } => panic!("the limit is out of the range of the field's type"),
        _ => panic!("the field holds integers: expected a limit like 100"),
    }
}

#[track_caller]
const fn double(text: &str) -> Bound {
    let bound = number(text);
    match bound {
        Bound::Number { mantissa, .. } if mantissa.abs() < MAX_DOUBLE_DIGITS => bound,
        _ => panic!("a limit of floats has at most 15 digits"),
    }
}

/// `-12.50`
#[track_caller]
const fn number(text: &str) -> Bound {
    let expected = "the field holds numbers: expected a limit like -3 or 0.01, of at most 28 digits";
    let (mut rest, negative) = match text.as_bytes() {
        [b'-', rest @ ..] => (rest, true),
        rest => (rest, false),
    };
    let (mut mantissa, mut digits, mut point): (i128, u32, Option<u32>) = (0, 0, None);
    while let [byte, tail @ ..] = rest {
        match (*byte, point) {
            (b'0'..=b'9', _) if digits < MAX_DIGITS => {
                mantissa = mantissa * 10 + (*byte - b'0') as i128;
                digits += 1;
            }
            (b'.', None) if digits > 0 => point = Some(digits),
            _ => panic!("{}", expected),
        }
        rest = tail;
    }
    let scale = match point {
        Some(before) => digits - before,
        None => 0,
    };
    if digits == 0 || (scale == 0 && point.is_some()) {
        panic!("{}", expected);
    }
    Bound::Number {
        mantissa: if negative { -mantissa } else { mantissa },
        scale,
    }
}

/// `2024-01-31`
#[track_caller]
const fn date(text: &str) -> NaiveDate {
    let bytes = text.as_bytes();
    assert!(
        bytes.len() == 10,
        "the field holds dates: expected a limit like \"2024-01-31\""
    );
    day(bytes)
}

#[track_caller]
const fn day(bytes: &[u8]) -> NaiveDate {
    match (
        digits(bytes, 0, 4, b'-'),
        digits(bytes, 5, 2, b'-'),
        digits(bytes, 8, 2, b'T'),
    ) {
        (Some(year @ 1..), Some(month), Some(day)) => {
            match NaiveDate::from_ymd_opt(year.cast_signed(), month, day) {
                Some(date) => date,
                None => panic!("the limit is a day that does not exist"),
            }
        }
        _ => panic!("expected a limit like \"2024-01-31\""),
    }
}

/// `12:30:00`, at these indexes.
#[track_caller]
const fn time(bytes: &[u8], from: usize, to: usize) -> NaiveTime {
    let expected = "the field holds times: expected a limit like \"12:30:00\"";
    match (
        digits(bytes, from, 2, b':'),
        digits(bytes, from + 3, 2, b':'),
        digits(bytes, from + 6, 2, b'Z'),
    ) {
        (Some(hour), Some(minute), Some(second)) if bytes.len() == to => {
            match NaiveTime::from_hms_opt(hour, minute, second) {
                Some(time) => time,
                None => panic!("{}", expected),
            }
        }
        _ => panic!("{}", expected),
    }
}

/// `2024-01-31T12:30:00Z`
#[track_caller]
const fn instant(bytes: &[u8]) -> DateTime<Utc> {
    assert!(
        bytes.len() == 20 && matches!(bytes, [.., b'Z']),
        "the field holds instants: expected a limit like \"2024-01-31T12:30:00Z\""
    );
    NaiveDateTime::new(day(bytes), time(bytes, 11, 20)).and_utc()
}

/// The number at this index, if the text ends after it or this byte follows.
#[expect(
    clippy::indexing_slicing,
    reason = "const evaluation, and the length is checked"
)]
const fn digits(bytes: &[u8], from: usize, count: usize, then: u8) -> Option<u32> {
    let end = from + count;
    if bytes.len() < end || (bytes.len() > end && bytes[end] != then) {
        return None;
    }
    let (mut number, mut index) = (0, from);
    while index < end {
        if !bytes[index].is_ascii_digit() {
            return None;
        }
        number = number * 10 + (bytes[index] - b'0') as u32;
        index += 1;
    }
    Some(number)
}

const fn is_later(mut text: &[u8], mut than: &[u8]) -> bool {
    while let ([byte, rest @ ..], [other, others @ ..]) = (text, than) {
        if *byte != *other {
            return *byte > *other;
        }
        (text, than) = (rest, others);
    }
    false
}
