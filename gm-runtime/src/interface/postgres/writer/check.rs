//! The check of a table's statements, when a handle is built.

use std::sync::Arc;

use super::super::error::{described, unavailable};
use super::super::notification::Notifying;
use super::super::parameter::Parameter;
use super::super::session::Session;
use super::super::table::Table;
use super::statements::WriteStatements;
use crate::error::Error;
use crate::field::Value;
use crate::interface::sql::SqlDialect;

/// Lets the server parse the statements of a table's writes, so that it reports at the start what it can't carry out. A rule, for
/// example, can't be combined with the notification of the replicas.
pub(in crate::interface::postgres) async fn check_statements(
    session: &Session,
    table: &Table,
) -> Result<(), Error> {
    let description = table.description();
    let id = description.id_index();
    let fields: Vec<u16> = (0_u16..)
        .zip(description.fields())
        .map(|(index, _)| index)
        .collect();
    let values: Vec<u16> = fields.iter().copied().filter(|field| *field != id).collect();
    let mut texts = WriteStatements::new(table, table.relation().notify(), Notifying::Sends);
    let inserted = if description.id_assigned() {
        &values
    } else {
        &fields
    };
    let mut statements = vec![
        (Arc::clone(&texts.insert), inserted.clone()),
        (Arc::clone(&texts.delete), vec![id]),
    ];
    if !values.is_empty() {
        let text = texts.update(description, &values);
        statements.push((text, values.into_iter().chain([id]).collect()));
    }
    for (text, fields) in statements {
        let null = |field: u16| {
            let null = Parameter::of(description.field(field), &Value::Null);
            null.map_err(|error| description.invalid(field, error))
        };
        let parameters = fields.into_iter().map(null).collect::<Result<Vec<_>, _>>()?;
        let prepared = session.batch(&preparation(&text, &parameters)).await;
        prepared.map_err(|error| {
            unavailable(&error).unwrap_or_else(|| {
                Error::Configuration(format!(
                    "the table `{}` does not fit `{}`: {}; a manager reads and writes a table or a view that Postgres can write, \
                     and anything else needs storage of its own (`.interface::<{1}>(..)`)",
                    table.name(),
                    description.name(),
                    described(&error)
                ))
            })
        })?;
    }
    Ok(())
}

/// The SQL that prepares a statement and forgets it. Both are in one message, and so on one connection of a pooler, on which the
/// statement would otherwise stay for the sessions of others.
fn preparation(text: &str, parameters: &[Parameter]) -> String {
    let types = parameters.iter().map(|parameter| {
        let name = SqlDialect::Postgres.quote(parameter.postgres_type().name());
        format!("pg_catalog.{name}")
    });
    let types = types.collect::<Vec<_>>().join(", ");
    let types = match types.is_empty() {
        true => types,
        false => format!(" ({types})"),
    };
    format!("PREPARE gm_check{types} AS {text}; DEALLOCATE gm_check")
}
