//! The lookups of a query: the members of `filters` and `excludes`.

use serde_json::{Map, Value as Json, json};

use super::lookups::add_lookups;
use super::references::Through;
use super::values::set;
use crate::schema::ResourceSchema;

/// The object of the lookups that the caller may use. `schemas`: those of the same base path, for lookups through references.
pub(super) fn filters(resource: &ResourceSchema, schemas: &[ResourceSchema]) -> Json {
    let mut properties = Map::new();
    for field in &resource.fields {
        add_lookups(&mut properties, "", field, &field.lookups);
    }
    let through = Through::new(resource, schemas, properties.len());
    let mut patterns = Map::new();
    for reference in through.references() {
        through.add(reference, &mut properties, &mut patterns);
    }
    let mut schema = json!({
        "type": "object",
        "description": "Lookups and their values, all of which must hold.",
        "properties": properties,
        "additionalProperties": false,
    });
    if !patterns.is_empty() {
        set(&mut schema, "patternProperties", Json::Object(patterns));
    }
    schema
}
