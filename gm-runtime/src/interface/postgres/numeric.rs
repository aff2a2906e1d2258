//! `NUMERIC` in its binary form. The driver's own conversion rounds beyond 28 places, and a decimal must stay exact.
//!
//! The form is four numbers of 16 bits and digits to the base of 10,000: the number of digits, the weight of the first one, the
//! sign, and the number of decimal places that are shown (`numeric_send` in Postgres' `numeric.c`).

use rust_decimal::Decimal;

use crate::field::ValueError;

const BASE: u128 = 10_000;
/// The decimal digits of a digit to the base.
const PLACES: u32 = 4;
const NEGATIVE: u16 = 0x4000;
/// The most digits to the base that a `Decimal` of 29 decimal digits has.
const MAX_DIGITS: usize = 9;

/// Encodes a decimal, with as many places as it has.
///
/// # Errors
/// A decimal with more places than its column has, which would be rounded.
pub(super) fn encode(value: Decimal, places: Option<u32>) -> Result<Vec<u8>, ValueError> {
    if let Some(places) = places {
        let mut exact = value;
        exact.rescale(places);
        if exact != value {
            return Err(ValueError::new(format!(
                "expected at most {places} decimal places"
            )));
        }
    }
    let scale = value.scale();
    // The last digit to the base ends at a multiple of four places.
    let groups_behind_point = scale.div_ceil(PLACES);
    let padding = 10_u128.pow(groups_behind_point * PLACES - scale);
    // At most 2^96 * 10^3.
    let mut rest = value.mantissa().unsigned_abs() * padding;
    let mut digits: Vec<u16> = Vec::with_capacity(MAX_DIGITS);
    while rest > 0 {
        digits.push((rest % BASE) as u16);
        rest /= BASE;
    }
    // A decimal has at most 29 digits, so that no number below exceeds 16 bits.
    let weight = digits.len() as i16 - groups_behind_point as i16 - 1;
    let trailing_zeros = digits.iter().take_while(|digit| **digit == 0).count();
    let digits = digits.get(trailing_zeros..).unwrap_or_default();
    let sign = match value.is_sign_negative() && !digits.is_empty() {
        true => NEGATIVE,
        false => 0,
    };
    let mut bytes = Vec::with_capacity(8 + digits.len() * 2);
    bytes.extend_from_slice(&(digits.len() as u16).to_be_bytes());
    bytes.extend_from_slice(&weight.to_be_bytes());
    bytes.extend_from_slice(&sign.to_be_bytes());
    bytes.extend_from_slice(&(scale as u16).to_be_bytes());
    for digit in digits.iter().rev() {
        bytes.extend_from_slice(&digit.to_be_bytes());
    }
    Ok(bytes)
}

/// Decodes a number with this number of decimal places, or with as many as the server shows. `None` for NaN, an infinity, and a
/// number that has more places or more digits than a `Decimal` holds.
pub(super) fn decode(bytes: &[u8], places: Option<u32>) -> Option<Decimal> {
    let mut numbers = bytes.chunks_exact(2).map(|pair| match pair {
        [high, low] => u16::from_be_bytes([*high, *low]),
        _ => 0,
    });
    let length = usize::from(numbers.next()?);
    let weight = numbers.next()?.cast_signed();
    let is_negative = match numbers.next()? {
        0 => false,
        NEGATIVE => true,
        _ => return None,
    };
    let shown_places = u32::from(numbers.next()?);
    if length > MAX_DIGITS || numbers.len() != length {
        return None;
    }
    let mantissa = numbers.try_fold(0_u128, |mantissa, digit| {
        let digit = u128::from(digit);
        (digit < BASE).then(|| mantissa * BASE + digit)
    })?;
    let places = places.unwrap_or(shown_places);
    if places > Decimal::MAX_SCALE {
        return None;
    }
    // The value is the mantissa times ten to the power of this, and a decimal is an integer times ten to the power of `-places`.
    let exponent = PLACES as i32 * (i32::from(weight) + 1 - length as i32);
    let shift = exponent + places as i32;
    let power = 10_u128.checked_pow(shift.unsigned_abs());
    let scaled = match (mantissa, power) {
        (0, _) => 0,
        (_, None) => return None,
        (_, Some(power)) if shift >= 0 => mantissa.checked_mul(power)?,
        (_, Some(power)) => mantissa.is_multiple_of(power).then(|| mantissa / power)?,
    };
    let scaled = i128::try_from(scaled).ok()?;
    let scaled = if is_negative { -scaled } else { scaled };
    Decimal::try_from_i128_with_scale(scaled, places).ok()
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test fails by panicking"
    )]

    use rust_decimal::Decimal;

    use super::{decode, encode};

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex
            .chars()
            .map(|digit| digit.to_digit(16).unwrap() as u8)
            .collect();
        digits.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect()
    }

    /// Numbers and what `numeric_send` of Postgres 15 gives for them.
    const SENT: [(&str, &str); 13] = [
        ("0", "0000000000000000"),
        ("0.00", "0000000000000002"),
        ("1", "00010000000000000001"),
        ("-1", "00010000400000000001"),
        ("10000", "00010001000000000001"),
        ("12345.678", "0003000100000003000109291a7c"),
        ("0.0001", "0001ffff000000040001"),
        ("0.00001", "0001fffe0000000503e8"),
        ("-0.00012345", "0002ffff4000000800010929"),
        (
            "79228162514264337593543950335",
            "00080007000000000007240c0659059210f1172f112b014f",
        ),
        ("0.0000000000000000000000000001", "0001fff90000001c0001"),
        (
            "7.9228162514264337593543950335",
            "000800000000001c0007240c0659059210f1172f112b014f",
        ),
        ("12.50", "0002000000000002000c1388"),
    ];

    #[test]
    fn decimals_have_the_form_that_the_server_sends() {
        for (text, hex) in SENT {
            let value: Decimal = text.parse().unwrap();
            let decoded = decode(&bytes(hex), None).unwrap();
            assert_eq!((decoded, decoded.scale()), (value, value.scale()), "{text}");
            // The server ignores the weight of a zero.
            if !value.is_zero() {
                assert_eq!(encode(value, None).unwrap(), bytes(hex), "{text}");
            }
            assert_eq!(decode(&encode(value, None).unwrap(), None), Some(value), "{text}");
        }
    }

    #[test]
    fn a_decimal_has_the_places_of_its_field() {
        let sent = |text: &str| bytes(SENT.iter().find(|(known, _)| *known == text).unwrap().1);
        assert_eq!(decode(&sent("10000"), Some(2)).unwrap().to_string(), "10000.00");
        assert_eq!(decode(&sent("12.50"), Some(1)).unwrap().to_string(), "12.5");
        assert_eq!(decode(&sent("0"), Some(3)).unwrap().to_string(), "0.000");
        assert_eq!(decode(&sent("12345.678"), Some(2)), None);
        assert!(encode(Decimal::new(125, 2), Some(1)).is_err());
        assert!(encode(Decimal::new(120, 2), Some(1)).is_ok());
    }

    #[test]
    fn numbers_that_no_decimal_holds_are_refused() {
        for (what, hex) in [
            (
                "79228162514264337593543950336",
                "00080007000000000007240c0659059210f1172f112b0150",
            ),
            ("1e29", "0001000700000000000a"),
            ("NaN", "00000000c0000000"),
            ("Infinity", "00000000d0000020"),
            ("-Infinity", "00000000f0000020"),
            ("1e1000", "000100fa000000000001"),
            ("1e131071", "00017fff000000000001"),
            ("1e-16383", "00018000000000000001"),
            (
                "40 digits",
                "000a0009000000000001000100010001000100010001000100010001",
            ),
            ("a digit too large", "0001000000000000ffff"),
            ("too few digits", "00020000000000000001"),
            ("a part of the head", "000100000000"),
            ("half a digit", "000100000000000001"),
            ("nothing", ""),
        ] {
            for places in [None, Some(0), Some(2), Some(28)] {
                assert_eq!(decode(&bytes(hex), places), None, "{what}");
            }
        }
        assert_eq!(decode(&bytes(SENT[4].1), Some(28)), None, "10000 with 28 places");
    }
}
