//! The rules on where the rows are stored, and who validates them.

use super::names;
use crate::diagnostics::Errors;
use crate::model::Model;

pub(super) fn check(model: &Model, errors: &Errors) {
    rows_have_one_storage(model, errors);
    table_is_named(model, errors);
    the_owner_validates(model, errors);
}

fn rows_have_one_storage(model: &Model, errors: &Errors) {
    let attributes = &model.attributes;
    match (&attributes.database, &attributes.manager.interface) {
        (Some(_), Some(interface)) => errors.at(
            interface.span,
            "a manager has one storage: keep either this `interface` or `#[database(..)]`",
        ),
        (None, None) if attributes.remote_manager.is_none() && !attributes.manager.has_errors => errors.at(
            model.ident.span(),
            "a manager needs storage for its rows: add `#[database(table = \"..\")]` for this service's database, \
             `#[manager(interface = Type)]` for storage of your own, or \
             `#[remote_manager(base_url = \"..\", resource = \"..\")]` for another service",
        ),
        _ => {}
    }
}

fn table_is_named(model: &Model, errors: &Errors) {
    let Some(database) = &model.attributes.database else {
        return;
    };
    match &database.table {
        Some(table) => errors.report_invalid(table, names::check_sql_name(&table.value)),
        None if !database.has_errors => {
            errors.at(
                database.span,
                "missing `table`: write `#[database(table = \"..\")]`",
            );
        }
        None => {}
    }
}

fn the_owner_validates(model: &Model, errors: &Errors) {
    let options = &model.attributes.manager;
    let is_consumer = !model.is_owner() && model.attributes.remote_manager.is_some() && !options.has_errors;
    if let Some(span) = options.validate_span().filter(|_| is_consumer) {
        errors.at(
            span,
            "`validate` belongs on the owner's struct: the owner of the rows validates them",
        );
    }
}
