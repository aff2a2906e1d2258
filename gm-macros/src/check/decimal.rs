//! The rules on the digits of decimals.

use crate::diagnostics::Errors;
use crate::model::Field;

/// The most digits of a `Decimal`.
const MAX_DIGITS: u32 = 28;

pub(super) fn check(field: &Field, errors: &Errors) {
    max_digits_and_decimal_places_are_both_given(field, errors);
    digits_are_in_range(field, errors);
}

fn max_digits_and_decimal_places_are_both_given(field: &Field, errors: &Errors) {
    let options = &field.options;
    let (given, missing) = match (&options.max_digits, &options.decimal_places) {
        (Some(given), None) => (given, "decimal_places"),
        (None, Some(given)) => (given, "max_digits"),
        _ => return,
    };
    if !options.has_errors {
        errors.at(
            given.span,
            format!("missing `{missing}`: a decimal needs both `max_digits` and `decimal_places`"),
        );
    }
}

fn digits_are_in_range(field: &Field, errors: &Errors) {
    let (Some(digits), places) = (&field.options.max_digits, &field.options.decimal_places) else {
        return;
    };
    if !(1..=MAX_DIGITS).contains(&digits.value) {
        errors.at(
            digits.span,
            format!("`max_digits` is from 1 to {MAX_DIGITS}, the digits of a `Decimal`"),
        );
    } else if let Some(places) = places.as_ref().filter(|places| places.value > digits.value) {
        errors.at(
            places.span,
            format!(
                "`decimal_places` can't be greater than `max_digits`, which is {}",
                digits.value
            ),
        );
    }
}
