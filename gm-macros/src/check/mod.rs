//! The rules across attributes. Each function is named after its rule, and reports its violation.

mod api;
mod column;
mod computed;
mod decimal;
mod field;
mod field_name;
mod field_rule;
mod id;
mod kept;
mod names;
mod reference;
mod remote;
mod rule;
mod storage;

use crate::diagnostics::Errors;
use crate::model::Model;

/// Reports every rule that the model violates.
pub(crate) fn check(model: &Model, errors: &Errors) {
    item_is_a_struct_with_fields(model, errors);
    storage::check(model, errors);
    id::check(model, errors);
    kept::check(model, errors);
    for field in &model.fields {
        field_name::check(field, errors);
        field::check(model, field, errors);
        id::check_field(field, errors);
        kept::check_field(model, field, errors);
        reference::check(model, field, errors);
        decimal::check(field, errors);
        column::check(model, field, errors);
        field_rule::check(model, field, errors);
    }
    column::columns_differ(model, errors);
    field_name::wire_names_differ(model, errors);
    rule::check(model, errors);
    api::check(model, errors);
    remote::check(model, errors);
}

/// Reports every rule that the fields of a `#[computed]` block violate.
pub(crate) fn check_computed(model: &Model, errors: &Errors) {
    for field in &model.fields {
        field_name::check(field, errors);
        field::check(model, field, errors);
        decimal::check(field, errors);
        computed::check(field, errors);
    }
    field_name::wire_names_differ(model, errors);
    rule::check(model, errors);
}

fn item_is_a_struct_with_fields(model: &Model, errors: &Errors) {
    if let Err(shape) = model.shape {
        errors.at(shape.span, shape.message);
    }
}
