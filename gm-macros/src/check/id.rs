//! The rules on the id.

use crate::diagnostics::Errors;
use crate::model::{Field, Model};

/// The rules on the struct.
pub(super) fn check(model: &Model, errors: &Errors) {
    id_exists(model, errors);
    only_one_field_is_the_id(model, errors);
}

/// The rules on the arguments of an id.
pub(super) fn check_field(field: &Field, errors: &Errors) {
    if !field.options.is_id() {
        return;
    }
    id_has_no_default(field, errors);
    id_is_not_blank(field, errors);
    id_is_not_read_only(field, errors);
    id_is_queryable(field, errors);
    id_needs_no_index(field, errors);
}

fn id_exists(model: &Model, errors: &Errors) {
    // A rejected `#[field(..)]` may have been meant as the id.
    let is_unknown = model.shape.is_err() || model.fields.iter().any(|field| field.options.has_errors);
    if model.id_index().is_none() && !is_unknown {
        errors.at(
            model.ident.span(),
            "a manager needs an id: mark the field that identifies a row with `#[field(id)]`",
        );
    }
}

fn only_one_field_is_the_id(model: &Model, errors: &Errors) {
    let mut ids = model.fields.iter().filter(|field| field.options.is_id());
    let Some(first) = ids.next() else { return };
    for field in ids {
        errors.at(
            field.options.id.as_ref().map_or(field.ident.span(), |id| id.span),
            format!(
                "a manager has one id, and `{}` is already marked as the id",
                first.rust_name
            ),
        );
    }
}

fn id_has_no_default(field: &Field, errors: &Errors) {
    if let Some(default) = &field.options.default {
        errors.at(
            default.span,
            "an id has no default: the database assigns an `i64`, and the creator gives a `String` or a `Uuid`",
        );
    }
}

fn id_is_not_blank(field: &Field, errors: &Errors) {
    if let Some(blank) = field.options.blank.as_ref().filter(|_| field.options.is_blank()) {
        errors.at(
            blank.span,
            "an id can't be blank: a row with an empty id would have no URL",
        );
    }
}

fn id_is_not_read_only(field: &Field, errors: &Errors) {
    let options = &field.options;
    if let Some(read_only) = options.read_only.as_ref().filter(|_| options.is_read_only()) {
        errors.at(
            read_only.span,
            "an id needs no `read_only`: no update changes an id",
        );
    }
}

fn id_is_queryable(field: &Field, errors: &Errors) {
    let flags = [("filter", &field.options.filter), ("order", &field.options.order)];
    for (name, flag) in flags {
        if let Some(flag) = flag.as_ref().filter(|flag| !flag.value) {
            errors.at(
                flag.span,
                format!("an id can't have `{name} = false`: queries find and order rows by their id"),
            );
        }
    }
}

fn id_needs_no_index(field: &Field, errors: &Errors) {
    let flags = [("unique", &field.options.unique), ("index", &field.options.index)];
    let set = flags.into_iter().find_map(|(name, flag)| {
        let flag = flag.as_ref().filter(|flag| flag.value)?;
        Some((name, flag.span))
    });
    if let Some((name, span)) = set {
        errors.at(
            span,
            format!("an id is already unique and indexed: remove `{name}`"),
        );
    }
}
