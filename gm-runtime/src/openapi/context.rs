//! The schema that becomes a document, and the names of its components.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::names::{Names, Part};
use crate::schema::{ResourceSchema, Schema};

/// The components that every document may have.
pub(super) const SHARED: [&str; 6] = [ERROR, EVENT, METADATA, REMOVED, RESULT_FIELD, WRITE_METADATA];
pub(super) const ERROR: &str = "Error";
pub(super) const EVENT: &str = "Event";
pub(super) const METADATA: &str = "Metadata";
pub(super) const REMOVED: &str = "Removed";
pub(super) const RESULT_FIELD: &str = "ResultField";
pub(super) const WRITE_METADATA: &str = "WriteMetadata";

/// A schema, and the names of its components.
pub(super) struct Context<'a> {
    pub(super) schema: &'a Schema,
    /// The beginnings of the names, by base path and resource.
    names: BTreeMap<&'a str, BTreeMap<&'a str, String>>,
    /// The names of the bodies and the replies of batches, by base path.
    batches: BTreeMap<&'a str, (String, String)>,
}

impl<'a> Context<'a> {
    pub(super) fn new(schema: &'a Schema) -> Self {
        let mut names = Names::default();
        for name in SHARED {
            names.shared(name);
        }
        let mut batches = BTreeMap::new();
        for base_path in bases(schema) {
            let of_base = (names.shared("Batch"), names.shared("BatchReply"));
            batches.insert(base_path, of_base);
        }
        let mut of_resources: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for resource in &schema.resources {
            let (base_path, name) = resource.path();
            let of_base = of_resources.entry(base_path).or_default();
            of_base.insert(name, names.resource(resource));
        }
        Self {
            schema,
            names: of_resources,
            batches,
        }
    }

    /// The beginning of the names of a resource's components. It is the resource's tag, too.
    pub(super) fn name(&self, resource: &ResourceSchema) -> &str {
        let of_base = self.names.get(resource.base_path.as_str());
        let name = of_base.and_then(|names| names.get(resource.resource.as_str()));
        name.map_or("", String::as_str)
    }

    /// A reference to a component of a resource.
    pub(super) fn part(&self, resource: &ResourceSchema, part: Part) -> Json {
        component(&part.name(self.name(resource)))
    }

    /// The names of the body and the reply of batches at a base path.
    pub(super) fn batch(&self, base_path: &str) -> (&str, &str) {
        let names = self.batches.get(base_path);
        names.map_or(("", ""), |(body, reply)| (body, reply))
    }

    /// The base paths, in order, each with its resources.
    pub(super) fn bases(
        &self,
    ) -> impl Iterator<Item = (&'a str, impl Iterator<Item = &'a ResourceSchema> + Clone)> {
        let schema = self.schema;
        bases(schema).map(move |base_path| {
            let resources = schema.resources.iter();
            (
                base_path,
                resources.filter(move |resource| resource.base_path == base_path),
            )
        })
    }
}

/// A reference to the component with this name.
pub(super) fn component(name: &str) -> Json {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn bases(schema: &Schema) -> impl Iterator<Item = &str> {
    let mut bases: Vec<_> = schema
        .resources
        .iter()
        .map(|resource| resource.base_path.as_str())
        .collect();
    bases.sort_unstable();
    bases.dedup();
    bases.into_iter()
}
