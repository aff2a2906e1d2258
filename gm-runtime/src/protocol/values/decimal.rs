//! Decimals, which are text on the wire.

use rust_decimal::Decimal;

use crate::json::Number;

/// The most significant digits that a double can hold without a change.
const EXACT_DOUBLE_DIGITS: usize = 15;

/// Reads `-?digits[.digits]`, with at most 28 significant digits. The decimal has the same places, up to the maximum.
pub(super) fn text(text: &str) -> Option<Decimal> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned
        .split_once('.')
        .map_or((unsigned, None), |(whole, fraction)| (whole, Some(fraction)));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !fraction.is_none_or(all_digits) {
        return None;
    }
    // Zeros at either end are not significant.
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

/// Reads `1.20E-7`, as Python writes a decimal with six zeros after its point. Only owners may use this form.
pub(crate) fn with_exponent(text: &str) -> Option<Decimal> {
    let (digits, _) = text.split_once(['e', 'E'])?;
    // `from_scientific` rounds too many digits, so they are refused first.
    self::text(digits)?;
    let mut value = Decimal::from_scientific(text).ok()?;
    if value.is_zero() {
        value.set_sign_positive(true);
    }
    Some(value)
}

/// The shortest decimal that is the same double. `None` if it has more digits than a double can hold.
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
