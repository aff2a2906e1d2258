//! The rules across attributes, one function each, named after the rule.

mod api;
mod field;
mod names;
mod remote;

use crate::diagnostics::Errors;
use crate::model::Model;

/// Notes every rule that is broken.
pub(crate) fn check(model: &Model, errors: &Errors) {
    item_is_a_struct(model, errors);
    rows_have_a_place(model, errors);
    table_is_named(model, errors);
    rows_are_validated_where_they_are(model, errors);
    id_is_given(model, errors);
    id_is_one_field(model, errors);
    for field in &model.fields {
        field::check(model, field, errors);
    }
    field::columns_differ(model, errors);
    field::names_differ(model, errors);
    api::check(model, errors);
    remote::check(model, errors);
}

fn item_is_a_struct(model: &Model, errors: &Errors) {
    if let Err(shape) = model.shape {
        errors.at(shape.span, shape.what);
    }
}

fn rows_have_a_place(model: &Model, errors: &Errors) {
    let attributes = &model.attributes;
    match (&attributes.database, &attributes.manager.interface) {
        (Some(_), Some(interface)) => errors.at(
            interface.span,
            "the rows have two places, this one and the table of `#[database(..)]`; keep one of them",
        ),
        (None, None) if attributes.remote_manager.is_none() && !attributes.manager.incomplete => errors.at(
            model.ident.span(),
            "a manager's rows need a place: add `#[database(table = \"..\")]` if they are in this service's database, \
             `#[manager(interface = Type)]` if they are in storage of your own, or \
             `#[remote_manager(base_url = \"..\", resource = \"..\")]` if they are another service's",
        ),
        _ => {}
    }
}

fn table_is_named(model: &Model, errors: &Errors) {
    let Some(database) = &model.attributes.database else {
        return;
    };
    match &database.table {
        Some(table) => errors.rule(table, names::in_a_database(&table.value)),
        None if database.complete => {
            errors.at(
                database.span,
                "missing `table`: write `#[database(table = \"..\")]`",
            );
        }
        None => {}
    }
}

fn rows_are_validated_where_they_are(model: &Model, errors: &Errors) {
    let options = &model.attributes.manager;
    let consumer = !model.is_owner() && model.attributes.remote_manager.is_some() && !options.incomplete;
    if let Some(span) = options.validates().filter(|_| consumer) {
        errors.at(
            span,
            "another service has these rows and judges them; `validate` is for the struct of their owner",
        );
    }
}

fn id_is_given(model: &Model, errors: &Errors) {
    // Behind a mistake in `#[field(..)]` may stand an id.
    let unknown = model.shape.is_err() || model.fields.iter().any(|field| field.options.incomplete);
    if model.id_index().is_none() && !unknown {
        errors.at(
            model.ident.span(),
            "a manager needs an id: mark the field that identifies a row with `#[field(id)]`",
        );
    }
}

fn id_is_one_field(model: &Model, errors: &Errors) {
    let mut ids = model.fields.iter().filter(|field| field.options.is_id());
    let Some(first) = ids.next() else { return };
    for field in ids {
        errors.at(
            field.options.id.as_ref().map_or(field.ident.span(), |id| id.span),
            format!("a manager has one id, and `{}` is it already", first.own_name),
        );
    }
}
