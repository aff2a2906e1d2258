//! The schema of an owner.

use serde::{Deserialize, Serialize};

use super::limits::{self, MAX_BYTES, MAX_RESOURCES};
use super::{ResourceSchema, SchemaError};

/// The schema of an owner: the resources that it serves, and what each of their fields is.
///
/// An owner answers it at `<base path>/_schema`, as the caller may see it. [`Gm::schema`](crate::Gm::schema) is the whole of it.
/// It is JSON. A key that is not known is ignored when it is read.
///
/// ```
/// use gm_runtime::schema::{Schema, SchemaType};
///
/// let text = br#"{"resources": [{
///     "base_path": "/internal/gm", "resource": "projects", "id": "id", "hash": "00d1f6a0c7ce2b1e",
///     "fields": [{"name": "id", "type": "integer"}, {"name": "name", "type": "text", "max_length": 200}]
/// }]}"#;
/// let schema = Schema::from_json(text)?;
/// let name = schema.resources[0].field("name").expect("it is listed");
/// assert_eq!(name.value_type, SchemaType::Text);
/// assert_eq!(name.max_length, Some(200));
/// assert_eq!(Schema::from_json(schema.to_json().as_bytes())?, schema);
/// # Ok::<(), gm_runtime::schema::SchemaError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Schema {
    /// The resources, ordered by base path and name.
    #[serde(deserialize_with = "limits::list::<_, _, MAX_RESOURCES>")]
    pub resources: Vec<ResourceSchema>,
}

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    /// A text of more than 4 MiB, one that is no schema, one with more than 1,000 resources, or 1,000 fields of a resource, or 1,000
    /// values or lookups of a field, and one whose names are not those of resources and fields.
    pub fn from_json(text: &[u8]) -> Result<Self, SchemaError> {
        if text.len() > MAX_BYTES {
            return Err(SchemaError::new(format!(
                "a schema has at most {MAX_BYTES} bytes, and this one has {}",
                text.len()
            )));
        }
        let schema: Self = serde_json::from_slice(text)
            .map_err(|error| SchemaError::new(format!("this is no schema: {error}")))?;
        schema.check_names()?;
        Ok(schema)
    }

    /// The schema as JSON with line breaks, to be kept in a file.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Structs of texts, numbers and lists always serialize.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Checks the names, which tools print and make code of.
    fn check_names(&self) -> Result<(), SchemaError> {
        self.resources.iter().try_for_each(ResourceSchema::check_names)?;
        let mut names: Vec<_> = self.resources.iter().map(ResourceSchema::path).collect();
        names.sort_unstable();
        match names.array_windows().find(|[one, other]| one == other) {
            Some([(base_path, resource), _]) => Err(SchemaError::new(format!(
                "this is no schema: the resource {base_path}/{resource} is listed twice"
            ))),
            None => Ok(()),
        }
    }
}
