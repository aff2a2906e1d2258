//! The places and digits of a decimal.

use rust_decimal::Decimal;

use crate::field::ValueError;
use crate::manager::FieldDescription;

impl FieldDescription {
    /// The decimal with the declared number of places.
    ///
    /// # Errors
    /// A decimal with more places or digits than declared. It is not rounded.
    pub(super) fn normalize_decimal(&self, value: Decimal) -> Result<Decimal, ValueError> {
        let mut value = value.normalize();
        if value.is_zero() {
            value.set_sign_positive(true);
        }
        let Some(digits) = self.decimal() else {
            return Ok(value);
        };
        if value.scale() > digits.decimal_places {
            return Err(ValueError::new(format!(
                "expected at most {} decimal places",
                digits.decimal_places
            )));
        }
        // The integer part must leave room for the declared places.
        let integer_digits = digits.max_digits.saturating_sub(digits.decimal_places);
        let bound = 10_i128.checked_pow(integer_digits).unwrap_or(i128::MAX);
        if value.trunc().mantissa().abs() >= bound {
            return Err(ValueError::new(format!(
                "expected at most {} digits, {} of them decimal places",
                digits.max_digits, digits.decimal_places
            )));
        }
        value.rescale(digits.decimal_places);
        Ok(value)
    }
}
