//! The rules on columns and indexes.

use super::names;
use crate::diagnostics::Errors;
use crate::model::{Field, Model};

pub(super) fn check(model: &Model, field: &Field, errors: &Errors) {
    column_has_a_table(model, field, errors);
    index_has_a_table(model, field, errors);
    unique_field_has_no_second_index(field, errors);
}

fn column_has_a_table(model: &Model, field: &Field, errors: &Errors) {
    let Some(column) = &field.options.column else {
        return;
    };
    if model.attributes.database.is_some() {
        errors.report_invalid(column, names::check_sql_name(&column.value));
    } else if has_other_storage(model) {
        errors.at(
            column.span,
            "this struct has no table: `column` is for a struct with `#[database]`",
        );
    }
}

fn index_has_a_table(model: &Model, field: &Field, errors: &Errors) {
    if model.attributes.database.is_some() || !has_other_storage(model) {
        return;
    }
    // A kept field is never `unique`, which has been reported.
    let unique = field
        .options
        .unique
        .as_ref()
        .filter(|_| field.options.kept().is_none());
    for (name, flag) in [("unique", unique), ("index", field.options.index.as_ref())] {
        if let Some(flag) = flag.filter(|flag| flag.value) {
            let message = format!("this struct has no table: `{name}` is for a struct with `#[database]`");
            let instead = if name == "unique" && model.is_owner() {
                "; storage of your own returns `Error::conflict` from `create` and `update`"
            } else {
                ""
            };
            errors.at(flag.span, message + instead);
        }
    }
}

/// A struct without any storage gets an error for that alone.
fn has_other_storage(model: &Model) -> bool {
    model.is_owner() || model.attributes.remote_manager.is_some()
}

fn unique_field_has_no_second_index(field: &Field, errors: &Errors) {
    let is_unique = field.options.unique.as_ref().is_some_and(|unique| unique.value);
    if let Some(index) = field.options.index.as_ref().filter(|index| index.value)
        && is_unique
        && !field.options.is_id()
    {
        errors.at(index.span, "a `unique` field is already indexed: remove `index`");
    }
}

pub(super) fn columns_differ(model: &Model, errors: &Errors) {
    if model.attributes.database.is_none() {
        return;
    }
    // Databases ignore the case of ASCII letters in names.
    let column_name = |field: &Field| {
        field.options.column.as_ref().map_or_else(
            || field.rust_name.to_lowercase(),
            |column| column.value.to_ascii_lowercase(),
        )
    };
    let mut seen: Vec<(String, &str)> = Vec::new();
    for field in &model.fields {
        let name = column_name(field);
        match seen.iter().find(|(known, _)| *known == name) {
            Some((_, other)) => errors.at(
                field
                    .options
                    .column
                    .as_ref()
                    .map_or(field.ident.span(), |column| column.span),
                format!(
                    "the column `{name}` already belongs to `{other}`, since databases ignore case in names: use another `column`"
                ),
            ),
            None => seen.push((name, &field.rust_name)),
        }
    }
}
