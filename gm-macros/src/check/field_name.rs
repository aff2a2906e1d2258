//! The rules on the names of fields.

use crate::diagnostics::Errors;
use crate::model::{Field, Model};

/// Names that the wire contract gives a meaning of their own.
const RESERVED: [&str; 4] = [
    "ignore_permission",
    "creator_id",
    "history_comment",
    "__metadata__",
];

pub(super) fn check(field: &Field, errors: &Errors) {
    name_is_not_reserved(field, errors);
    rename_is_an_identifier(field, errors);
    name_is_no_lookup(field, errors);
}

fn name_is_not_reserved(field: &Field, errors: &Errors) {
    let method = match field.rust_name.as_str() {
        "exec" => Some("the generated method of this name writes the row"),
        "history_comment" => Some("the generated method of this name sets the reason of a write"),
        _ => None,
    };
    let (span, name, reason) = match method {
        Some(reason) => (field.ident.span(), &field.rust_name, reason),
        None if RESERVED.contains(&field.wire_name.as_str()) => (
            field.wire_name_span(),
            &field.wire_name,
            "the wire contract reserves this name",
        ),
        None => return,
    };
    errors.at(span, format!("a field can't be named `{name}`: {reason}"));
}

fn rename_is_an_identifier(field: &Field, errors: &Errors) {
    let Some(name) = &field.options.rename else {
        return;
    };
    let mut characters = name.value.chars();
    let has_valid_start = characters
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_');
    if !has_valid_start || !characters.all(|character| character.is_alphanumeric() || character == '_') {
        errors.at(
            name.span,
            format!(
                "`{}` is not a valid name on the wire: use letters, digits and `_`, and begin with a letter",
                name.value
            ),
        );
    }
}

fn name_is_no_lookup(field: &Field, errors: &Errors) {
    // The field `a_` with the lookup `gt` would be `a___gt`, which is ambiguous too.
    let is_reserved = field.wire_name == "__metadata__";
    if !is_reserved && (field.wire_name.contains("__") || field.wire_name.ends_with('_')) {
        errors.at(
            field.wire_name_span(),
            format!(
                "`{}` is ambiguous: `__` separates a field from its lookup, so a field's name contains no `__` and does \
                 not end with `_`",
                field.wire_name
            ),
        );
    }
}

pub(super) fn wire_names_differ(model: &Model, errors: &Errors) {
    for (index, field) in model.fields.iter().enumerate() {
        let mut earlier = model.fields.iter().take(index);
        let Some(other) = earlier.find(|other| other.wire_name == field.wire_name) else {
            continue;
        };
        // If this field is not renamed, the earlier one is.
        let (span, owner) = match &field.options.rename {
            Some(name) => (name.span, other),
            None => (other.wire_name_span(), field),
        };
        errors.at(
            span,
            format!(
                "`{}` is already the wire name of `{}`: use another `rename`",
                field.wire_name, owner.rust_name
            ),
        );
    }
}
