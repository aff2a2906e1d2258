//! The body of a query, and its page of rows.

use serde_json::{Map, Value as Json, json};

use super::context::Context;
use super::names::Part;
use super::rows::{items, metadata};
use super::values::{Purpose, or_null, value};
use crate::query::Operator;
use crate::schema::{FieldSchema, ResourceSchema, SchemaType};

/// The greatest number of a page.
const MAX_PAGE: u64 = i64::MAX.unsigned_abs();

/// The body. The owner ignores a key that it does not know, and names it in `metadata.ignored`.
pub(super) fn body(context: &Context<'_>, resource: &ResourceSchema) -> Json {
    let filters = context.part(resource, Part::Filters);
    let mut properties = Map::new();
    let mut put = |key: &str, schema: Json| properties.insert(key.to_owned(), schema);
    put("operation", json!({"enum": ["list", null]}));
    put(
        "count",
        described(
            json!({"type": ["boolean", "null"]}),
            "Whether the reply has `total_count`. True by default.",
        ),
    );
    put(
        "filters",
        described(or_null(filters.clone()), "The lookups that a row must meet."),
    );
    put(
        "excludes",
        described(
            or_null(filters),
            "Leaves out the rows that meet all of these lookups.",
        ),
    );
    put("ordering", ordering(resource));
    put(
        "page",
        described(
            json!({"type": ["integer", "null"], "minimum": 1, "maximum": MAX_PAGE}),
            "The number of the page. 1 by default.",
        ),
    );
    put("page_size", page_size(resource));
    if has_feature(resource, "cursor") {
        put(
            "cursor",
            described(
                json!({"type": ["string", "null"]}),
                "The `next_cursor` of a reply to the same query, in place of `page`: the rows that follow.",
            ),
        );
    }
    let counted: Vec<_> = counted(resource)
        .map(|field| json!(field.name))
        .chain([Json::Null])
        .collect();
    if has_feature(resource, "counts") && counted.len() > 1 {
        put(
            "count_by",
            described(
                json!({"enum": counted}),
                "Asks for the numbers of rows by the values of this field, in place of the rows.",
            ),
        );
    }
    json!({
        "type": "object",
        "description": "A query. Null is the same as an absent key.",
        "properties": properties,
    })
}

fn page_size(resource: &ResourceSchema) -> Json {
    let mut schema = json!({"type": ["integer", "null"], "minimum": 1});
    if resource.max_page_size > 0 {
        super::values::set(&mut schema, "maximum", json!(resource.max_page_size));
    }
    match resource.default_page_size {
        0 => schema,
        size => described(schema, &format!("The rows of a page. {size} by default.")),
    }
}

/// The fields by whose values the rows can be counted.
fn counted(resource: &ResourceSchema) -> impl Iterator<Item = &FieldSchema> {
    let fields = resource.fields.iter();
    fields.filter(|field| field.lookups.contains(&Operator::Exact) && field.value_type != SchemaType::Json)
}

/// A field, `-field`, or a list of these.
fn ordering(resource: &ResourceSchema) -> Json {
    let fields = resource.fields.iter().filter(|field| field.orderable);
    let names: Vec<_> = fields
        .flat_map(|field| [field.name.clone(), format!("-{}", field.name)])
        .collect();
    if names.is_empty() {
        return described(
            json!({"type": ["array", "null"], "maxItems": 0}),
            "There is no field to order by.",
        );
    }
    let name = json!({"type": "string", "enum": names});
    let schema =
        json!({"anyOf": [name, {"type": "array", "items": name, "uniqueItems": true}, {"type": "null"}]});
    described(
        schema,
        "Fields, the most significant first, descending with `-`. Nulls are last. Ties are broken by the id.",
    )
}

/// A page of rows.
pub(super) fn page(context: &Context<'_>, resource: &ResourceSchema) -> Json {
    let mut own = Map::new();
    let mut put = |key: &str, schema: Json| own.insert(key.to_owned(), schema);
    put("ordering", json!({"description": "The ordering as it was sent."}));
    put("page", json!({"type": ["integer", "null"]}));
    put(
        "page_size",
        described(
            json!({"type": ["integer", "null"]}),
            "Null if the reply has every row.",
        ),
    );
    if has_feature(resource, "cursor") {
        put(
            "next_cursor",
            described(
                json!({"type": ["string", "null"]}),
                "What `cursor` of the next query is. Null at the end.",
            ),
        );
    }
    put(
        "denied",
        described(
            json!({"const": true}),
            "The caller may read no row of the resource.",
        ),
    );
    put(
        "ignored",
        described(
            json!({"type": "array", "items": {"type": "string"}}),
            "Keys of the query that the owner does not know.",
        ),
    );
    put(
        "unreadable",
        described(
            json!({"type": "integer"}),
            "The number of rows that are left out, since a value of theirs can't be read.",
        ),
    );
    if has_feature(resource, "counts") && counted(resource).next().is_some() {
        let values: Vec<_> = counted(resource)
            .map(|field| or_null(value(field, Purpose::Read)))
            .collect();
        put(
            "counts",
            described(
                json!({"type": "array", "items": {
                    "type": "array",
                    "prefixItems": [{"anyOf": distinct(values)}, {"type": "integer"}],
                    "minItems": 2,
                    "maxItems": 2,
                }}),
                "Each value of the field, and the number of its rows.",
            ),
        );
    }
    json!({
        "type": "object",
        "properties": {
            "items": items(context, resource),
            "total_count": {"type": "integer", "minimum": 0, "description": "The matches before paging."},
            "metadata": metadata(own, &["ordering", "page", "page_size"]),
        },
        "required": ["items", "metadata"],
    })
}

fn distinct(schemas: Vec<Json>) -> Vec<Json> {
    let mut distinct = Vec::new();
    for schema in schemas {
        if !distinct.contains(&schema) {
            distinct.push(schema);
        }
    }
    distinct
}

/// Whether the resource announces the extension.
pub(super) fn has_feature(resource: &ResourceSchema, word: &str) -> bool {
    resource.features.iter().any(|feature| feature == word)
}

/// The schema with a description.
pub(super) fn described(mut schema: Json, description: &str) -> Json {
    super::values::set(&mut schema, "description", json!(description));
    schema
}
