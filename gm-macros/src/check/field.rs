//! The rules on the values of a field.

use crate::attributes::Operation;
use crate::diagnostics::Errors;
use crate::model::{Field, Model};

pub(super) fn check(model: &Model, field: &Field, errors: &Errors) {
    integer_has_a_fixed_width_of_at_most_64_bits(field, errors);
    read_only_has_a_value_on_create(model, field, errors);
    regex_is_valid(field, errors);
    max_length_is_not_zero(field, errors);
    a_consumers_default_has_no_value(model, field, errors);
}

/// The error of the trait would list the types of all fields.
fn integer_has_a_fixed_width_of_at_most_64_bits(field: &Field, errors: &Errors) {
    let Some(integer) = field.unsupported_integer().filter(|_| !field.options.is_id()) else {
        return;
    };
    let reason = if integer.to_string().ends_with("size") {
        "its range depends on the machine"
    } else {
        "JSON numbers and databases do not hold its range"
    };
    errors.at(
        integer.span(),
        format!(
            "`{integer}` can't be the type of a manager's field, since {reason}: write `i64`, or `u32` for a number that is \
             never negative"
        ),
    );
}

fn read_only_has_a_value_on_create(model: &Model, field: &Field, errors: &Errors) {
    let options = &field.options;
    let Some(read_only) = options.read_only.as_ref().filter(|_| options.is_read_only()) else {
        return;
    };
    let api = model.attributes.remote_api.as_ref();
    let api = api.filter(|api| api.is_enabled());
    let allows_create = api.is_some_and(|api| api.operations().contains(&Operation::Create));
    let is_missing = field.is_required() && !options.is_id() && !options.has_errors;
    if model.is_owner() && allows_create && is_missing {
        errors.at(
            read_only.span,
            format!(
                "`{}` is required, but callers of the API can't set a read-only field when they create a row: add a \
                 `default`, or make it an `Option`",
                field.rust_name
            ),
        );
    }
}

fn regex_is_valid(field: &Field, errors: &Errors) {
    #[cfg(feature = "regex")]
    if let Some(regex) = &field.options.regex
        && let Err(error) = regex_syntax::parse(&regex.value)
    {
        errors.at(regex.span, error);
    }
    #[cfg(not(feature = "regex"))]
    let _ = (field, errors);
}

fn max_length_is_not_zero(field: &Field, errors: &Errors) {
    if let Some(length) = field
        .options
        .max_length
        .as_ref()
        .filter(|length| length.value == 0)
    {
        errors.at(length.span, "`max_length` is at least 1");
    }
}

fn a_consumers_default_has_no_value(model: &Model, field: &Field, errors: &Errors) {
    let is_consumer = !model.is_owner() && model.attributes.remote_manager.is_some();
    if let Some(default) = field.options.default.as_ref().filter(|_| is_consumer)
        && default.value.is_some()
    {
        errors.at(
            default.span,
            "a consumer's default has no value, since the owner fills the field: write `default` alone",
        );
    }
}
