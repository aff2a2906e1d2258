//! The document.

use serde_json::{Map, Value as Json, json};

use super::context::{self, Context};
use super::query::has_feature;
use super::{Security, batch, errors, events, headers, paths, resource, rows};
use crate::schema::Schema;

/// The version of OpenAPI.
const OPENAPI: &str = "3.1.0";

const DESCRIPTION: &str = "Operations and fields are those that the caller may use. The rows may still decide: a rule can permit \
    an operation on some rows and not on others.";

/// What a document says of the service as a whole.
#[derive(Clone, Debug)]
pub(crate) struct About {
    title: String,
    /// The version of the application's interface.
    version: String,
}

impl About {
    pub(crate) fn new(title: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            version: version.into(),
        }
    }
}

impl Schema {
    /// The schema as an OpenAPI 3.1 document, from which tools make documentation, clients of other languages and mocks.
    ///
    /// It has the paths of the resources, their rows, bodies and lookups as JSON Schema, the errors, and the websockets as the extension
    /// `x-websockets`. It offers bearer tokens as credentials; [`Gm::openapi`](crate::Gm::openapi) knows which ones an owner accepts.
    /// `title` and `version` are those of the application's interface. Equal schemas make equal documents.
    ///
    /// ```
    /// use gm_runtime::schema::Schema;
    ///
    /// let schema = Schema::from_json(br#"{"resources": [{
    ///     "base_path": "/internal/gm", "resource": "projects", "manager": "Project", "id": "id", "operations": ["detail"],
    ///     "fields": [{"name": "id", "type": "integer"}, {"name": "name", "type": "text", "max_length": 200}]
    /// }]}"#)?;
    /// let document = schema.to_openapi("Projects", "1.0.0");
    /// let operation = &document["paths"]["/internal/gm/projects/{id}"]["get"];
    /// assert_eq!(operation["operationId"], "getProject");
    /// assert_eq!(document["components"]["schemas"]["Project"]["properties"]["name"]["type"], "string");
    /// # Ok::<(), gm_runtime::schema::SchemaError>(())
    /// ```
    #[must_use]
    pub fn to_openapi(&self, title: &str, version: &str) -> Json {
        document(self, &About::new(title, version), &Security::unknown())
    }
}

/// The document of an owner that accepts these credentials.
pub(crate) fn document(schema: &Schema, about: &About, security: &Security) -> Json {
    let context = Context::new(schema);
    let mut schemas = shared();
    let mut paths = Map::new();
    let mut websockets = Map::new();
    let mut tags = Vec::new();
    for (place, (base_path, resources)) in context.bases().enumerate() {
        for described in resources.clone() {
            resource::add_components(&context, described, &mut schemas);
            paths::add(&context, described, &mut paths);
            let name = context.name(described);
            tags.push(json!({"name": name, "description": format!("`{}`", described.resource)}));
        }
        // Batches have the extensions of the resources that can be part of one.
        let parts = resources
            .clone()
            .filter(|resource| has_feature(resource, "batch"));
        let first = parts.max_by_key(|resource| has_feature(resource, "idempotency"));
        if let Some(first) = first
            && batch::add_components(&context, base_path, resources.clone(), &mut schemas)
        {
            let path = format!("{base_path}/_batch");
            paths.insert(path, paths::batch(&context, base_path, place, first));
            let (name, _) = context.batch(base_path);
            tags.push(json!({"name": name, "description": "Several writes together"}));
        }
        websockets.extend(events::websockets(resources));
    }
    json!({
        "openapi": OPENAPI,
        "info": {"title": about.title, "version": about.version, "description": DESCRIPTION},
        "tags": tags,
        "security": security.requirements(),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": errors::responses(),
            "headers": headers::headers(),
            "parameters": headers::parameters(),
            "securitySchemes": security.schemes(),
        },
        "x-websockets": websockets,
    })
}

/// The components that every document has.
fn shared() -> Map<String, Json> {
    let shared = [
        (context::ERROR, errors::error()),
        (context::EVENT, events::event()),
        (context::METADATA, rows::common_metadata()),
        (context::REMOVED, rows::removed()),
        (context::RESULT_FIELD, batch::result_field()),
        (context::WRITE_METADATA, rows::write_metadata()),
    ];
    shared
        .map(|(name, schema)| (name.to_owned(), schema))
        .into_iter()
        .collect()
}
