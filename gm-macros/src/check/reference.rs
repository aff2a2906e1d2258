//! The rules on fields that hold the id of a row of another manager.

use proc_macro2::Span;

use crate::diagnostics::Errors;
use crate::model::{Field, Model};

/// The generated functions and methods of the struct.
const VERBS: [&str; 15] = [
    "query",
    "filter",
    "exclude",
    "order_by",
    "all",
    "count",
    "get",
    "changes",
    "by_id",
    "create",
    "update",
    "delete",
    "id",
    "websocket_invalidation_url",
    "handle_invalidation_event",
];

pub(super) fn check(model: &Model, field: &Field, errors: &Errors) {
    let Some(references) = &field.options.references else {
        return;
    };
    // One mistake is one error: the first violated rule is the reason.
    let _ = the_id_is_no_reference(field, references.span, errors)
        && the_name_ends_with_id(field, errors)
        && the_name_of_the_row_is_free(model, field, errors);
}

fn the_id_is_no_reference(field: &Field, span: Span, errors: &Errors) -> bool {
    if field.options.is_id() {
        errors.at(span, "an id can't be a reference: use two fields");
    }
    !field.options.is_id()
}

fn the_name_ends_with_id(field: &Field, errors: &Errors) -> bool {
    let (span, name, argument) = match (field.reference_name(), field.reference_wire_name()) {
        (None, _) => (field.ident.span(), &field.rust_name, "rename the field to"),
        (_, None) => (field.wire_name_span(), &field.wire_name, "use"),
        _ => return true,
    };
    errors.at(
        span,
        format!(
            "the name of a field with `references` ends with `_id`, and the name of the row is the rest of it: {argument} \
             `{}_id`",
            name.trim_end_matches("_id").trim_end_matches('_')
        ),
    );
    false
}

fn the_name_of_the_row_is_free(model: &Model, field: &Field, errors: &Errors) -> bool {
    let (Some(name), Some(wire_name)) = (field.reference_name(), field.reference_wire_name()) else {
        return false;
    };
    let has_name = |other: &&Field| other.rust_name == name || other.wire_name == wire_name;
    let taken = if let Some(other) = model.fields.iter().find(has_name) {
        format!("`{}` is another field", other.rust_name)
    } else if VERBS.contains(&name) {
        format!("the struct has a generated function `{name}`")
    } else if matches!(name, "self" | "Self" | "super" | "crate") {
        format!("`{name}` is a keyword")
    } else {
        return true;
    };
    errors.at(
        field.ident.span(),
        format!(
            "the row of `{}` is named `{name}`, but {taken}: rename one of them",
            field.rust_name
        ),
    );
    false
}
