//! The rules on single fields, and between them.

use super::names;
use crate::diagnostics::Errors;
use crate::model::{Field, Model};

/// The most digits that a decimal can hold.
const MAX_DIGITS: u32 = 28;

pub(super) fn check(model: &Model, field: &Field, errors: &Errors) {
    name_is_free(field, errors);
    name_is_no_lookup(field, errors);
    id_is_not_filled_in(field, errors);
    digits_come_in_pairs(field, errors);
    digits_fit(field, errors);
    length_is_not_zero(field, errors);
    default_is_the_owners(model, field, errors);
    column_has_a_table(model, field, errors);
}

fn name_is_free(field: &Field, errors: &Errors) {
    let taken = match field.name.as_str() {
        "exec" => "it is the method that writes a row",
        "history_comment" => "it says why a row is written",
        "ignore_permission" | "creator_id" => "the wire contract reserves it",
        _ => return,
    };
    errors.at(
        field.ident.span(),
        format!("a field can't be named `{}`: {taken}", field.name),
    );
}

fn name_is_no_lookup(field: &Field, errors: &Errors) {
    // `a_` and a lookup would be `a___gt`, in which nobody sees where the field ends.
    if field.name.contains("__") || field.name.ends_with('_') {
        errors.at(
            field.ident.span(),
            format!(
                "`{}` can't be told from a field and a lookup, which are joined by `__`: a field's name has no `__` \
                 and does not end with `_`",
                field.name
            ),
        );
    }
}

fn id_is_not_filled_in(field: &Field, errors: &Errors) {
    if !field.options.is_id() {
        return;
    }
    if let Some(default) = &field.options.default {
        errors.at(
            default.span,
            "an id has no default: an `i64` is assigned by the database, a `String` or a `Uuid` is given by the creator",
        );
    }
    if let Some(blank) = field.options.blank.as_ref().filter(|_| field.options.is_blank()) {
        errors.at(
            blank.span,
            "an id can't be blank: an empty one could not be addressed",
        );
    }
}

fn digits_come_in_pairs(field: &Field, errors: &Errors) {
    let options = &field.options;
    let (given, missing) = match (&options.max_digits, &options.decimal_places) {
        (Some(given), None) => (given, "decimal_places"),
        (None, Some(given)) => (given, "max_digits"),
        _ => return,
    };
    if !options.incomplete {
        errors.at(
            given.span,
            format!("missing `{missing}`: a decimal has both `max_digits` and `decimal_places`"),
        );
    }
}

fn digits_fit(field: &Field, errors: &Errors) {
    let (Some(digits), places) = (&field.options.max_digits, &field.options.decimal_places) else {
        return;
    };
    if !(1..=MAX_DIGITS).contains(&digits.value) {
        errors.at(
            digits.span,
            format!("`max_digits` is from 1 to {MAX_DIGITS}, which is what a `Decimal` holds"),
        );
    } else if let Some(places) = places.as_ref().filter(|places| places.value > digits.value) {
        errors.at(
            places.span,
            format!(
                "`decimal_places` are among the `max_digits`, so {} at most",
                digits.value
            ),
        );
    }
}

fn length_is_not_zero(field: &Field, errors: &Errors) {
    if let Some(length) = field
        .options
        .max_length
        .as_ref()
        .filter(|length| length.value == 0)
    {
        errors.at(length.span, "`max_length` is 1 at least: nothing else would fit");
    }
}

fn default_is_the_owners(model: &Model, field: &Field, errors: &Errors) {
    let consumer = !model.is_owner() && model.attributes.remote_manager.is_some();
    if let Some(default) = field.options.default.as_ref().filter(|_| consumer)
        && default.value.is_some()
    {
        errors.at(
            default.span,
            "the owner of the rows knows the value: write `default` alone, which lets the field be left out of a create",
        );
    }
}

fn column_has_a_table(model: &Model, field: &Field, errors: &Errors) {
    let Some(column) = &field.options.column else {
        return;
    };
    if model.attributes.database.is_some() {
        errors.rule(column, names::in_a_database(&column.value));
    } else if model.is_owner() || model.attributes.remote_manager.is_some() {
        errors.at(
            column.span,
            "this struct has no table, so its fields have no columns",
        );
    }
}

pub(super) fn columns_differ(model: &Model, errors: &Errors) {
    // Databases do not tell upper from lower case here.
    let column = |field: &Field| {
        let column = field.options.column.as_ref();
        column.map_or_else(
            || field.name.to_lowercase(),
            |column| column.value.to_ascii_lowercase(),
        )
    };
    if model.attributes.database.is_none() {
        return;
    }
    let mut seen: Vec<(String, &str)> = Vec::new();
    for field in &model.fields {
        let name = column(field);
        match seen.iter().find(|(known, _)| *known == name) {
            Some((_, other)) => errors.at(
                field
                    .options
                    .column
                    .as_ref()
                    .map_or(field.ident.span(), |column| column.span),
                format!("`{other}` is in the column `{name}` already; databases ignore case in names"),
            ),
            None => seen.push((name, &field.name)),
        }
    }
}
