//! The components of a resource.

use serde_json::{Map, Value as Json};

use super::context::Context;
use super::filters::filters;
use super::names::Part;
use super::{batch, query, rows};
use crate::manager::Operation;
use crate::schema::ResourceSchema;

/// Adds the components that the caller's operations on the resource need.
pub(super) fn add_components(
    context: &Context<'_>,
    resource: &ResourceSchema,
    components: &mut Map<String, Json>,
) {
    let name = context.name(resource);
    let mut add = |part: Part, schema: Json| components.insert(part.name(name), schema);
    let allows = |operation| resource.allows(operation);
    add(Part::Row, rows::row(resource));
    if allows(Operation::Filter) {
        add(Part::Filters, filters(resource, &context.schema.resources));
        add(Part::Query, query::body(context, resource));
        add(Part::Page, query::page(context, resource));
    }
    if allows(Operation::Detail) || allows(Operation::Create) || allows(Operation::Update) {
        add(Part::Reply, rows::reply(context, resource));
    }
    if allows(Operation::Create) {
        add(Part::Create, rows::create(resource));
    }
    if allows(Operation::Update) {
        add(Part::Update, rows::update(resource));
    }
    for (part, schema) in batch::operations(resource) {
        add(part, schema);
    }
}
