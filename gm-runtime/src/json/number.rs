//! JSON numbers.

use std::fmt;

/// A JSON number: a 64-bit integer if possible, otherwise a double.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Integer(i64),
    /// An integer above `i64::MAX`.
    Natural(u64),
    /// A finite double.
    Double(f64),
}

/// The message for a number that would lose digits.
pub(crate) const INEXACT_NUMBER: &str =
    "expected JSON without numbers that a 64-bit integer or a double can't hold";

impl Number {
    /// The number that is nearest to this JSON number. `None` if it is out of the range of doubles.
    pub(crate) fn nearest(text: &str) -> Option<Self> {
        if !text.contains(['.', 'e', 'E']) {
            if let Ok(integer) = text.parse() {
                return Some(Self::Integer(integer));
            }
            if let Ok(natural) = text.parse() {
                return Some(Self::Natural(natural));
            }
        }
        let double: f64 = text.parse().ok()?;
        double.is_finite().then_some(Self::Double(double))
    }

    /// The number, if it loses no digit, so that it would be written as it was read.
    pub(crate) fn exact(text: &str) -> Option<Self> {
        match Self::nearest(text)? {
            Self::Double(double) => is_same(text, double).then_some(Self::Double(double)),
            integer => Some(integer),
        }
    }

    /// A number of serde_json. It may be any number if a user's build enables `arbitrary_precision`.
    pub(crate) fn of(number: &serde_json::Number) -> Option<Self> {
        if let Some(integer) = number.as_i64() {
            return Some(Self::Integer(integer));
        }
        if let Some(natural) = number.as_u64() {
            return Some(Self::Natural(natural));
        }
        number
            .as_f64()
            .filter(|double| double.is_finite())
            .map(Self::Double)
    }

    pub(crate) fn as_i64(self) -> Option<i64> {
        match self {
            Self::Integer(integer) => Some(integer),
            Self::Natural(_) | Self::Double(_) => None,
        }
    }

    pub(crate) fn as_f64(self) -> f64 {
        match self {
            Self::Integer(integer) => integer as f64,
            Self::Natural(natural) => natural as f64,
            Self::Double(double) => double,
        }
    }
}

/// Writes the shortest digits, without an exponent.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(integer) => integer.fmt(f),
            Self::Natural(natural) => natural.fmt(f),
            Self::Double(double) => double.fmt(f),
        }
    }
}

impl From<Number> for serde_json::Value {
    fn from(number: Number) -> Self {
        match number {
            Number::Integer(integer) => integer.into(),
            Number::Natural(natural) => natural.into(),
            Number::Double(double) => double.into(),
        }
    }
}

/// Whether every build can represent the number. Builds with serde_json's `arbitrary_precision` have more numbers.
pub(crate) fn is_exact(number: &serde_json::Number) -> bool {
    match Number::of(number) {
        Some(Number::Integer(_) | Number::Natural(_)) => true,
        Some(Number::Double(double)) => {
            serde_json::Number::from_f64(double).as_ref() == Some(number)
                || is_same(&number.to_string(), double)
        }
        None => false,
    }
}

/// Whether the text is this double, written with its shortest digits or with 17 digits, as some languages do.
fn is_same(text: &str, double: f64) -> bool {
    let digits = Digits::of(text);
    digits == Digits::of(&format!("{double:e}")) || digits == Digits::of(&format!("{double:.16e}"))
}

/// The significant digits of a number, which is `0.digits` times ten to the power of `exponent`.
#[derive(PartialEq)]
struct Digits {
    digits: String,
    exponent: i64,
}

impl Digits {
    fn of(text: &str) -> Self {
        let text = text.trim_start_matches('-');
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let whole = whole.trim_start_matches('0');
        let significant = if whole.is_empty() {
            fraction.trim_start_matches('0')
        } else {
            fraction
        };
        let digits = format!("{whole}{significant}");
        let digits = digits.trim_end_matches('0');
        if digits.is_empty() {
            return Self {
                digits: String::new(),
                exponent: 0,
            };
        }
        let before_point = whole.len() as i64 - (fraction.len() - significant.len()) as i64;
        // An exponent that is out of range belongs to zero, or to no double.
        let exponent: i64 = exponent.parse().unwrap_or(i64::MAX);
        Self {
            digits: digits.to_owned(),
            exponent: exponent.saturating_add(before_point),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    #[test]
    fn numbers_are_exact_or_refused() {
        for exact in [
            "0",
            "-0",
            "-0.0",
            "0e999999999999999999999",
            "9223372036854775807",
            "-9223372036854775808",
            "18446744073709551615",
            "9007199254740993",
            "100.0",
            "1E2",
            "1e+22",
            "0.1",
            "0.10000000000000001",
            "0.30000000000000004",
            "123456789012345680000",
            "100000000000000000000000",
            "1.7976931348623157e308",
            "5e-324",
            "2.5000",
        ] {
            assert!(Number::exact(exact).is_some(), "{exact}");
        }
        for refused in [
            "1e400",
            "-1e400",
            "1e-400",
            "0.00000000000000000000001e-310",
            "1e99999999999999999999",
            "1e-99999999999999999999",
            "123456789012345678901234567890",
            "-9223372036854775809",
            "18446744073709551617",
            "9007199254740993.0",
            "0.1234567890123456789",
            "12345678901234567.5",
            "3.14159265358979323846",
        ] {
            assert!(Number::exact(refused).is_none(), "{refused}");
        }
    }
}
