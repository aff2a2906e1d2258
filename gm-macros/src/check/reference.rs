//! The rules on fields that hold the id of a row of another manager.

use proc_macro2::Span;

use crate::attributes::field::OnDelete;
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
        a_deletion_concerns_a_reference(field, errors);
        return;
    };
    // One mistake is one error: the first violated rule is the reason.
    let _ = the_id_is_no_reference(field, references.span, errors)
        && a_deletion_concerns_a_table(model, field, errors)
        && a_field_that_becomes_null_is_an_option(field, errors)
        && the_name_ends_with_id(field, errors)
        && the_name_of_the_row_is_free(model, field, errors);
}

fn the_id_is_no_reference(field: &Field, span: Span, errors: &Errors) -> bool {
    if field.options.is_id() {
        errors.at(span, "an id can't be a reference: use two fields");
    }
    !field.options.is_id()
}

fn a_deletion_concerns_a_reference(field: &Field, errors: &Errors) {
    let options = &field.options;
    // A misspelt `references` is one mistake.
    if let Some(on_delete) = options.on_delete.as_ref().filter(|_| !options.has_errors) {
        errors.at(
            on_delete.span,
            "`on_delete` says what the deletion of the other row does to this one, and the field refers to no row: add \
             `references = Manager`, or remove `on_delete`",
        );
    }
}

fn a_deletion_concerns_a_table(model: &Model, field: &Field, errors: &Errors) -> bool {
    let attributes = &model.attributes;
    let is_elsewhere =
        attributes.database.is_none() && (model.is_owner() || attributes.remote_manager.is_some());
    let Some(on_delete) = field.options.on_delete.as_ref().filter(|_| is_elsewhere) else {
        return true;
    };
    let instead = if model.is_owner() {
        "storage of your own decides what a deletion does"
    } else {
        "the owner of the rows decides what a deletion does"
    };
    errors.at(
        on_delete.span,
        format!("this struct has no table: `on_delete` is for a struct with `#[database]`; {instead}"),
    );
    false
}

fn a_field_that_becomes_null_is_an_option(field: &Field, errors: &Errors) -> bool {
    let on_delete = field.options.on_delete.as_ref();
    let Some(set_null) = on_delete.filter(|on_delete| on_delete.value == OnDelete::SetNull) else {
        return true;
    };
    if !field.is_option() {
        errors.at(
            set_null.span,
            "a field that becomes null is an `Option`: write `Option<..>`, or use `restrict` or `cascade`",
        );
    }
    field.is_option()
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
