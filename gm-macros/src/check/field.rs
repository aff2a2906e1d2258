//! The rules on single fields, and between them.

use super::names;
use crate::attributes::Operation;
use crate::diagnostics::Errors;
use crate::model::{Field, Model};
use crate::spanned::Spanned;

/// The most digits that a decimal can hold.
const MAX_DIGITS: u32 = 28;

pub(super) fn check(model: &Model, field: &Field, errors: &Errors) {
    name_is_free(field, errors);
    name_is_a_name(field, errors);
    name_is_no_lookup(field, errors);
    read_only_is_filled_in(model, field, errors);
    id_is_asked_for(field, errors);
    regex_is_a_pattern(field, errors);
    id_is_not_filled_in(field, errors);
    digits_come_in_pairs(field, errors);
    digits_fit(field, errors);
    length_is_not_zero(field, errors);
    default_is_the_owners(model, field, errors);
    column_has_a_table(model, field, errors);
    index_has_a_table(model, field, errors);
    index_is_said_once(field, errors);
}

fn name_is_free(field: &Field, errors: &Errors) {
    let method = match field.own_name.as_str() {
        "exec" => Some("it is the method that writes a row"),
        "history_comment" => Some("it says why a row is written"),
        _ => None,
    };
    let reserved = [
        "ignore_permission",
        "creator_id",
        "history_comment",
        "__metadata__",
    ];
    let (span, name, why) = match method {
        Some(why) => (field.ident.span(), &field.own_name, why),
        None if reserved.contains(&field.name.as_str()) => {
            (field.name_span(), &field.name, "the wire contract reserves it")
        }
        None => return,
    };
    errors.at(span, format!("a field can't be named `{name}`: {why}"));
}

fn name_is_a_name(field: &Field, errors: &Errors) {
    let Some(name) = &field.options.rename else {
        return;
    };
    let mut characters = name.value.chars();
    let starts = characters
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_');
    if !starts || !characters.all(|character| character.is_alphanumeric() || character == '_') {
        errors.at(
            name.span,
            format!(
                "`{}` is no name for a field on the wire: use letters, digits and `_`, a letter first",
                name.value
            ),
        );
    }
}

fn name_is_no_lookup(field: &Field, errors: &Errors) {
    // `a_` and a lookup would be `a___gt`, in which nobody sees where the field ends.
    let reserved = field.name == "__metadata__";
    if !reserved && (field.name.contains("__") || field.name.ends_with('_')) {
        errors.at(
            field.name_span(),
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

fn read_only_is_filled_in(model: &Model, field: &Field, errors: &Errors) {
    let options = &field.options;
    let Some(read_only) = options.read_only.as_ref().filter(|_| options.is_read_only()) else {
        return;
    };
    if options.is_id() {
        errors.at(
            read_only.span,
            "an id is never changed, and who creates a row gives it or the database does: it needs no `read_only`",
        );
        return;
    }
    let api = model.attributes.remote_api.as_ref();
    let api = api.filter(|api| api.is_enabled());
    let creates = api.is_some_and(|api| api.operations().contains(&Operation::Create));
    if model.is_owner() && creates && field.is_required() && !options.incomplete {
        errors.at(
            read_only.span,
            format!(
                "`{}` is required, and nobody who creates a row by the api could give it: add a `default`, or make it \
                 an `Option`",
                field.own_name
            ),
        );
    }
}

fn id_is_asked_for(field: &Field, errors: &Errors) {
    let options = &field.options;
    if !options.is_id() {
        return;
    }
    let off = [&options.filter, &options.order];
    for (flag, name) in off.into_iter().zip(["filter", "order"]) {
        if let Some(flag) = flag.as_ref().filter(|flag| !flag.value) {
            errors.at(
                flag.span,
                format!("a row is found by its id, so an id can't have `{name} = false`"),
            );
        }
    }
}

fn regex_is_a_pattern(field: &Field, errors: &Errors) {
    #[cfg(feature = "regex")]
    if let Some(regex) = &field.options.regex
        && let Err(problem) = regex_syntax::parse(&regex.value)
    {
        errors.at(regex.span, problem);
    }
    #[cfg(not(feature = "regex"))]
    let _ = (field, errors);
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

fn index_has_a_table(model: &Model, field: &Field, errors: &Errors) {
    let attributes = &model.attributes;
    let elsewhere = model.is_owner() || attributes.remote_manager.is_some();
    if attributes.database.is_some() || !elsewhere {
        return;
    }
    for (name, option) in [("unique", &field.options.unique), ("index", &field.options.index)] {
        if let Some(option) = option.as_ref().filter(|option| option.value) {
            errors.at(
                option.span,
                format!(
                    "this struct has no table, so it has no indexes: `{name}` is for a struct with `#[database]`"
                ),
            );
        }
    }
}

fn index_is_said_once(field: &Field, errors: &Errors) {
    let (unique, index) = (&field.options.unique, &field.options.index);
    let set = |option: &Option<Spanned<bool>>| {
        option
            .as_ref()
            .filter(|option| option.value)
            .map(|option| option.span)
    };
    match (set(unique), set(index)) {
        (Some(span), _) | (None, Some(span)) if field.options.is_id() => {
            errors.at(span, "an id is unique and indexed as it is");
        }
        (Some(_), Some(index)) => errors.at(index, "a `unique` field is indexed as it is: leave out `index`"),
        _ => {}
    }
}

pub(super) fn columns_differ(model: &Model, errors: &Errors) {
    // Databases do not tell upper from lower case here.
    let column = |field: &Field| {
        let column = field.options.column.as_ref();
        column.map_or_else(
            || field.own_name.to_lowercase(),
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
            None => seen.push((name, &field.own_name)),
        }
    }
}

pub(super) fn names_differ(model: &Model, errors: &Errors) {
    for (place, field) in model.fields.iter().enumerate() {
        let earlier = model.fields.iter().take(place);
        // Where the other one is renamed, that is where the mistake is.
        let Some(other) = earlier.into_iter().find(|other| other.name == field.name) else {
            continue;
        };
        let (span, taken_by) = match &field.options.rename {
            Some(name) => (name.span, other),
            None => (other.name_span(), field),
        };
        errors.at(
            span,
            format!(
                "`{}` is the name of `{}` on the wire already",
                field.name, taken_by.own_name
            ),
        );
    }
}
