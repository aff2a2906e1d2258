//! Decimals, which the wire holds as text.

use rust_decimal::Decimal;

use crate::json::Number;

/// The most significant digits that every double of that many digits gives back unchanged.
const EXACT_DOUBLE_DIGITS: usize = 15;

/// `-?digits[.digits]`, at most 28 digits but for zeros at either end. Keeps the places, as far as it has room.
pub(super) fn text(text: &str) -> Option<Decimal> {
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
pub(crate) fn with_exponent(text: &str) -> Option<Decimal> {
    let (digits, _) = text.split_once(['e', 'E'])?;
    // Rounds what has too many digits, where this does not.
    self::text(digits)?;
    let mut value = Decimal::from_scientific(text).ok()?;
    if value.is_zero() {
        value.set_sign_positive(true);
    }
    Some(value)
}

/// The shortest decimal that reads back as the same double.
pub(super) fn number(number: Number) -> Option<Decimal> {
    // Rust prints a double's shortest digits, without an exponent.
    let text = number.to_string();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let significant = digits.trim_start_matches('0').trim_end_matches('0').len();
    if significant > EXACT_DOUBLE_DIGITS {
        None
    } else {
        self::text(&text)
    }
}
