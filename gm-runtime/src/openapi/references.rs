//! Lookups through references: `customer__name__icontains`.

use serde_json::{Map, Value as Json, json};

use super::lookups::add_lookups;
use crate::query::Operator;
use crate::schema::{ReferenceSchema, ResourceSchema};

/// The most lookups of a resource that are listed one by one. What is behind a reference is described by a pattern otherwise, so
/// that a document does not grow with the product of resources and fields.
const MAX_LISTED: usize = 1000;

/// The references of a resource through which the caller may look.
pub(super) struct Through<'a> {
    resource: &'a ResourceSchema,
    schemas: &'a [ResourceSchema],
    is_listed: bool,
}

impl<'a> Through<'a> {
    /// `own`: how many lookups the fields of the resource have.
    pub(super) fn new(resource: &'a ResourceSchema, schemas: &'a [ResourceSchema], own: usize) -> Self {
        let mut through = Self {
            resource,
            schemas,
            is_listed: true,
        };
        let behind = through
            .references()
            .filter_map(|reference| through.target(reference));
        let lookups = behind
            .flat_map(|target| &target.fields)
            .map(|field| field.lookups.len());
        through.is_listed = lookups.fold(own, usize::saturating_add) <= MAX_LISTED;
        through
    }

    /// The references whose field the caller may filter by.
    pub(super) fn references(&self) -> impl Iterator<Item = &'a ReferenceSchema> + use<'a> {
        let fields = self.resource.fields.iter();
        let usable = fields.filter(|field| !field.lookups.is_empty());
        usable.filter_map(|field| field.references.as_ref())
    }

    /// Adds the lookups of the resource behind a reference, and a pattern for those behind its own references.
    pub(super) fn add(
        &self,
        reference: &ReferenceSchema,
        properties: &mut Map<String, Json>,
        patterns: &mut Map<String, Json>,
    ) {
        let prefix = format!("{}__", reference.name);
        // A resource without queries of its own does not list its lookups.
        let target = self
            .target(reference)
            .filter(|target| self.is_listed && has_lookups(target));
        let Some(target) = target else {
            patterns.insert(format!("^{prefix}"), described(&reference.resource));
            return;
        };
        for field in &target.fields {
            // Both resources must allow patterns.
            let usable = |operator: &&Operator| !operator.is_pattern() || self.allows_patterns();
            let operators: Vec<_> = field.lookups.iter().filter(usable).copied().collect();
            add_lookups(properties, &prefix, field, &operators);
        }
        let further = Through {
            resource: target,
            ..*self
        };
        for reference in further.references() {
            let pattern = format!("^{prefix}{}__", reference.name);
            patterns.insert(pattern, described(&reference.resource));
        }
    }

    fn allows_patterns(&self) -> bool {
        let mut lookups = self.resource.fields.iter().flat_map(|field| &field.lookups);
        lookups.any(|operator| operator.is_pattern())
    }

    fn target(&self, reference: &ReferenceSchema) -> Option<&'a ResourceSchema> {
        let mut schemas = self.schemas.iter();
        schemas.find(|schema| {
            schema.base_path == self.resource.base_path && schema.resource == reference.resource
        })
    }
}

fn has_lookups(resource: &ResourceSchema) -> bool {
    resource.fields.iter().any(|field| !field.lookups.is_empty())
}

fn described(resource: &str) -> Json {
    json!({"description": format!("A lookup of `{resource}`.")})
}
