//! The paths of the contract.

use serde_json::{Map, Value as Json, json};

use super::context::{Context, REMOVED, component};
use super::errors::refusals;
use super::headers::{self, header, parameter};
use super::names::Part;
use super::query::has_feature;
use super::values::{Purpose, not_null};
use crate::manager::Operation;
use crate::schema::ResourceSchema;

/// The statuses of refusals that every operation has.
const OF_ALL: [u16; 6] = [400, 401, 403, 429, 500, 503];

/// An operation of a path.
struct Described<'a> {
    id: String,
    tag: &'a str,
    summary: String,
    parameters: Vec<Json>,
    body: Option<(Json, bool)>,
    success: (u16, Json),
    headers: Map<String, Json>,
    refusals: Vec<u16>,
}

/// Adds the paths of a resource.
pub(super) fn add(context: &Context<'_>, resource: &ResourceSchema, paths: &mut Map<String, Json>) {
    let operations = Paths { context, resource };
    let path = format!("{}/{}", resource.base_path, resource.resource);
    let mut add = |path: String, methods: [(&str, Option<Described<'_>>); 3]| {
        let mut item = Map::new();
        for (method, described) in methods {
            if let Some(described) = described {
                item.insert(method.to_owned(), described.json());
            }
        }
        if !item.is_empty() {
            if path.ends_with("/{id}") {
                item.insert("parameters".to_owned(), json!([operations.id()]));
            }
            paths.insert(path, Json::Object(item));
        }
    };
    let none = || ("", None);
    add(
        format!("{path}/query"),
        [("post", operations.query()), none(), none()],
    );
    add(path.clone(), [("post", operations.create()), none(), none()]);
    add(
        format!("{path}/{{id}}"),
        [
            ("get", operations.detail()),
            ("patch", operations.update()),
            ("delete", operations.delete()),
        ],
    );
}

struct Paths<'a> {
    context: &'a Context<'a>,
    resource: &'a ResourceSchema,
}

impl Paths<'_> {
    fn query(&self) -> Option<Described<'_>> {
        let body = (self.context.part(self.resource, Part::Query), false);
        let described = self.described(Operation::Filter, "query", "Rows that meet a condition")?;
        Some(Described {
            body: Some(body),
            success: (200, self.context.part(self.resource, Part::Page)),
            refusals: vec![413, 415],
            ..described
        })
    }

    fn detail(&self) -> Option<Described<'_>> {
        let described = self.described(Operation::Detail, "get", "One row")?;
        Some(Described {
            headers: self.entity_tag(),
            refusals: vec![404],
            ..described
        })
    }

    fn create(&self) -> Option<Described<'_>> {
        let described = self.described(Operation::Create, "create", "Creates a row")?;
        let is_required = self.resource.fields.iter().any(|field| field.required);
        let (_, reply) = described.success;
        Some(self.written(
            Described {
                body: Some((self.context.part(self.resource, Part::Create), is_required)),
                success: (201, reply),
                headers: self.entity_tag(),
                refusals: vec![409, 413, 415],
                ..described
            },
            false,
        ))
    }

    fn update(&self) -> Option<Described<'_>> {
        let described = self.described(Operation::Update, "update", "Changes fields of a row")?;
        let described = Described {
            body: Some((self.context.part(self.resource, Part::Update), false)),
            headers: self.entity_tag(),
            refusals: vec![404, 409, 413, 415],
            ..described
        };
        Some(self.written(described, true))
    }

    fn delete(&self) -> Option<Described<'_>> {
        let described = self.described(Operation::Delete, "delete", "Deletes a row")?;
        let described = Described {
            success: (200, component(REMOVED)),
            refusals: vec![404, 409, 413, 415],
            ..described
        };
        Some(self.written(described, true))
    }

    /// An operation whose reply has one row. `None` if the caller may not send it.
    fn described(&self, operation: Operation, verb: &str, summary: &str) -> Option<Described<'_>> {
        let name = self.context.name(self.resource);
        self.resource.allows(operation).then(|| Described {
            id: format!("{verb}{name}"),
            tag: name,
            summary: summary.to_owned(),
            parameters: vec![
                headers::protocol_version(&self.resource.protocol_version),
                parameter(headers::REQUEST_ID),
            ],
            body: None,
            success: (200, self.context.part(self.resource, Part::Reply)),
            headers: self.headers(),
            refusals: Vec::new(),
        })
    }

    /// The headers of every reply.
    fn headers(&self) -> Map<String, Json> {
        let mut headers = Map::new();
        headers.insert("X-Request-ID".to_owned(), header(headers::REQUEST_ID));
        if !self.resource.features.is_empty() {
            let name = "X-General-Manager-Features".to_owned();
            headers.insert(name, header(headers::FEATURES));
        }
        if self.has("schema") {
            let name = "X-General-Manager-Schema".to_owned();
            headers.insert(name, header(headers::SCHEMA_HASH));
        }
        headers
    }

    fn entity_tag(&self) -> Map<String, Json> {
        let mut headers = self.headers();
        if self.has("version") {
            headers.insert("ETag".to_owned(), header(headers::ENTITY_TAG));
        }
        headers
    }

    /// The write with the extensions that the resource announces. `of_row`: whether it is of a row that exists.
    fn written<'d>(&self, mut write: Described<'d>, of_row: bool) -> Described<'d> {
        if of_row && self.has("version") {
            write.parameters.push(parameter(headers::IF_MATCH));
            write.refusals.push(412);
        }
        if self.has("idempotency") {
            write.parameters.push(parameter(headers::IDEMPOTENCY_KEY));
            write.refusals.extend([409, 422]);
            let name = "Idempotency-Replayed".to_owned();
            write.headers.insert(name, header(headers::REPLAYED));
        }
        write
    }

    fn has(&self, feature: &str) -> bool {
        has_feature(self.resource, feature)
    }

    /// The id in the path.
    fn id(&self) -> Json {
        let field = self.resource.field(&self.resource.id);
        let schema = field.map_or_else(
            || json!({"type": ["integer", "string"]}),
            |field| not_null(field, Purpose::Compare),
        );
        json!({"name": "id", "in": "path", "required": true, "schema": schema})
    }
}

/// The path of batches.
pub(super) fn batch(context: &Context<'_>, base_path: &str, place: usize, resource: &ResourceSchema) -> Json {
    let (body, reply) = context.batch(base_path);
    let number = if place == 0 {
        String::new()
    } else {
        place.saturating_add(1).to_string()
    };
    let paths = Paths { context, resource };
    let described = Described {
        id: format!("batch{number}"),
        tag: body,
        summary: "Several writes together, or none".to_owned(),
        parameters: vec![
            headers::protocol_version(&resource.protocol_version),
            parameter(headers::REQUEST_ID),
        ],
        body: Some((component(body), true)),
        success: (200, component(reply)),
        headers: paths.headers(),
        refusals: vec![404, 409, 412, 413, 415],
    };
    json!({"post": paths.written(described, false).json()})
}

impl Described<'_> {
    fn json(self) -> Json {
        let (status, reply) = self.success;
        let mut responses: Map<_, _> = refusals(&[&OF_ALL, self.refusals.as_slice()].concat()).collect();
        responses.insert(
            status.to_string(),
            json!({
                "description": self.summary,
                "headers": self.headers,
                "content": {"application/json": {"schema": reply}},
            }),
        );
        let mut operation = json!({
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "parameters": self.parameters,
            "responses": responses,
        });
        if let Some((body, is_required)) = self.body {
            super::values::set(
                &mut operation,
                "requestBody",
                json!({
                    "required": is_required,
                    "content": {"application/json": {"schema": body}},
                }),
            );
        }
        operation
    }
}
