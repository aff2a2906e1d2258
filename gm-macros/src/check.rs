//! The rules across attributes, one function each.

use crate::diagnostics::Errors;
use crate::model::Model;

/// Notes every rule that is broken.
pub(crate) fn check(model: &Model, errors: &Errors) {
    shape_is_a_struct(model, errors);
    id_is_one_field(model, errors);
}

fn shape_is_a_struct(model: &Model, errors: &Errors) {
    if let Err(shape) = model.shape {
        errors.at(shape.span, shape.what);
    }
}

fn id_is_one_field(model: &Model, errors: &Errors) {
    let ids = || model.fields.iter().filter(|field| field.options.is_id());
    if ids().next().is_none() && model.shape.is_ok() {
        errors.at(
            model.ident.span(),
            "a manager needs an id: mark the field that identifies a row with `#[field(id)]`",
        );
    }
}
