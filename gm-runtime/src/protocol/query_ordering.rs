//! Reads the ordering of a query.

use serde_json::Value as Json;

use super::failure::Failure;
use crate::json::{RawJson, View};
use crate::manager::{Description, FieldSet};
use crate::query::{Direction, OrderBy};

/// The ordering, and the value as it was sent. `fields` are those that exist for the caller.
pub(super) fn read(
    ordering: RawJson<'_>,
    description: &'static Description,
    fields: &FieldSet,
) -> Result<(Vec<OrderBy>, Json), Failure> {
    let expected = || Failure::invalid_field("ordering", "expected a field, `-field` or a list of these");
    let mut orders = Vec::new();
    let sent = match ordering.view() {
        View::Text(name) => {
            order(&name, description, fields, &mut orders)?;
            Json::String(name.into_owned())
        }
        View::List(names) => {
            let mut sent = Vec::new();
            for name in names {
                let View::Text(name) = name.view() else {
                    return Err(expected());
                };
                order(&name, description, fields, &mut orders)?;
                sent.push(Json::String(name.into_owned()));
            }
            Json::Array(sent)
        }
        _ => return Err(expected()),
    };
    Ok((orders, sent))
}

fn order(
    name: &str,
    description: &'static Description,
    fields: &FieldSet,
    orders: &mut Vec<OrderBy>,
) -> Result<(), Failure> {
    let (field, direction) = match name.strip_prefix('-') {
        Some(field) => (field, Direction::Descending),
        None => (name, Direction::Ascending),
    };
    let field = fields
        .index_of(description, field)
        .filter(|field| description.field(*field).value_type().is_ordered())
        .ok_or_else(|| Failure::invalid_field(name, "there is no such field to order by"))?;
    if !description.field(field).order() {
        return Err(Failure::invalid_field(name, "this field can't be ordered by"));
    }
    // A repeated field is refused at once, so there are never more orders than fields.
    if orders.iter().any(|order| order.field == field) {
        return Err(Failure::invalid_field(name, "expected each field once"));
    }
    orders.push(OrderBy { field, direction });
    Ok(())
}
