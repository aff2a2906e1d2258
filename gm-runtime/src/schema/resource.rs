//! The schema of a resource.

use serde::{Deserialize, Serialize};

use super::field::is_false;
use super::limits::{self, MAX_FIELDS, MAX_WORDS, is_identifier, is_path, is_segment};
use super::{FieldSchema, SchemaError, words};
use crate::field::quoted;
use crate::manager::Operation;

/// The schema of a resource: what a caller may do with it, and its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ResourceSchema {
    /// The path before the resource: `/internal/gm`.
    #[serde(default)]
    pub base_path: String,
    /// The resource's name: `projects`.
    pub resource: String,
    /// The protocol version: `v1`.
    #[serde(default)]
    pub protocol_version: String,
    /// The name of the struct at the owner, for messages and for generated code. Empty if it is unknown.
    #[serde(default)]
    pub manager: String,
    /// 16 hexadecimal digits that stand for all of the schema that a consumer depends on: everything but the names of the path, the
    /// protocol version and the struct, the extensions, the default page size, and the order of fields. Two callers that may see
    /// different parts of a resource have different hashes.
    #[serde(default)]
    pub hash: String,
    /// The operations that the owner can ever permit the caller. The rows may still decide. A word that is not known is ignored
    /// when it is read.
    #[serde(default, with = "words::operations")]
    pub operations: Vec<Operation>,
    /// Whether a websocket announces changes.
    #[serde(default, skip_serializing_if = "is_false")]
    pub websocket: bool,
    /// The extensions of the protocol that the owner announces: `cursor`, `version`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[serde(deserialize_with = "limits::list::<_, _, MAX_WORDS>")]
    pub features: Vec<String>,
    /// The page size of a query that gives none.
    #[serde(default)]
    pub default_page_size: u64,
    /// The maximum page size.
    #[serde(default)]
    pub max_page_size: u64,
    /// The name of the field with the id. Empty if the caller may neither read nor write it.
    #[serde(default)]
    pub id: String,
    /// The fields that the caller may read or write, in the struct's order, followed by the computed ones.
    #[serde(deserialize_with = "limits::list::<_, _, MAX_FIELDS>")]
    pub fields: Vec<FieldSchema>,
}

impl ResourceSchema {
    /// The field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&FieldSchema> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether the caller may be permitted the operation.
    #[must_use]
    pub fn allows(&self, operation: Operation) -> bool {
        self.operations.contains(&operation)
    }

    /// The base path and the name, by which the resources of an owner differ.
    #[must_use]
    pub fn path(&self) -> (&str, &str) {
        (&self.base_path, &self.resource)
    }

    /// Checks the names, which tools print and make code of.
    pub(super) fn check_names(&self) -> Result<(), SchemaError> {
        let refuse = |what: &str, name: &str| {
            Err(SchemaError::new(format!(
                "this is no schema: {} is no {what}",
                quoted(name)
            )))
        };
        if !is_segment(&self.resource) {
            return refuse("name of a resource", &self.resource);
        }
        if !is_path(&self.base_path) {
            return refuse("base path", &self.base_path);
        }
        if !self.manager.is_empty() && !is_identifier(&self.manager) {
            return refuse("name of a struct", &self.manager);
        }
        for field in &self.fields {
            let reference = field.references.as_ref();
            let names = [Some(&field.name), reference.map(|reference| &reference.name)];
            if let Some(name) = names.into_iter().flatten().find(|name| !is_identifier(name)) {
                return refuse("name of a field", name);
            }
            if let Some(reference) = reference
                && !is_segment(&reference.resource)
            {
                return refuse("name of a resource", &reference.resource);
            }
        }
        let mut names: Vec<_> = self.fields.iter().map(|field| &field.name).collect();
        names.sort_unstable();
        if let Some([name, _]) = names.array_windows().find(|[one, other]| one == other) {
            let resource = &self.resource;
            return Err(SchemaError::new(format!(
                "this is no schema: the field `{name}` of `{resource}` is listed twice"
            )));
        }
        if !self.id.is_empty() && self.field(&self.id).is_none() {
            return refuse("field of the resource, and it names the id", &self.id);
        }
        Ok(())
    }
}
