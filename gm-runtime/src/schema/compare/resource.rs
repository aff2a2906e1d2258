//! Compares schemas and resources.

use super::comparison::{Comparison, Effect};
use super::difference::{Difference, DifferenceKind, Perspective};
use super::field::compare_fields;
use crate::manager::Operation;
use crate::schema::{ResourceSchema, Schema};

/// The features without which the owner refuses a read. The others are about writes.
const FEATURES_OF_READS: [&str; 2] = ["cursor", "counts"];

impl Schema {
    /// The differences of a newer schema from this one. Everything in this one is a promise to consumers.
    ///
    /// ```
    /// use gm_runtime::schema::{Breaks, Schema};
    ///
    /// let with = |priority: &str| {
    ///     Schema::from_json(format!(r#"{{"resources": [{{
    ///         "base_path": "/internal/gm", "resource": "tickets", "id": "id",
    ///         "fields": [{{"name": "id", "type": "integer"}}, {{"name": "priority", "type": "{priority}"}}]
    ///     }}]}}"#).as_bytes())
    /// };
    /// let differences = with("integer")?.compare(&with("text")?);
    /// assert_eq!(differences[0].to_string(), "`tickets.priority` was an integer and is text now");
    /// assert_eq!(differences[0].breaks, Breaks::Readers);
    /// # Ok::<(), gm_runtime::schema::SchemaError>(())
    /// ```
    #[must_use]
    pub fn compare(&self, newer: &Self) -> Vec<Difference> {
        compare_schemas(self, newer)
    }
}

fn compare_schemas(older: &Schema, newer: &Schema) -> Vec<Difference> {
    let mut found = Vec::new();
    for from in &older.resources {
        let mut compared = versions(from);
        match same_resource(newer, from) {
            Some(to) => compare(&mut compared, from, to),
            None => compared.add(DifferenceKind::ResourceRemoved, Effect::READS),
        }
        found.append(&mut compared.found);
    }
    let is_new = |to: &&ResourceSchema| same_resource(older, to).is_none();
    for to in newer.resources.iter().filter(is_new) {
        let mut compared = versions(to);
        compared.add(DifferenceKind::ResourceAdded, Effect::NOBODY);
        found.append(&mut compared.found);
    }
    found
}

fn same_resource<'s>(schema: &'s Schema, wanted: &ResourceSchema) -> Option<&'s ResourceSchema> {
    let mut resources = schema.resources.iter();
    resources.find(|resource| resource.path() == wanted.path())
}

/// The differences between what a consumer's struct expects and what its owner serves. `None`: the owner does not serve the resource
/// to this consumer.
pub(crate) fn compare_with_owner(
    expected: &ResourceSchema,
    owner: Option<&ResourceSchema>,
) -> Vec<Difference> {
    let mut compared = Comparison {
        perspective: Perspective::Consumer,
        resource: &expected.resource,
        subject: &expected.manager,
        found: Vec::new(),
    };
    match owner {
        Some(owner) => compare(&mut compared, expected, owner),
        None => compared.add(DifferenceKind::ResourceRemoved, Effect::READS),
    }
    compared.found
}

fn versions(resource: &ResourceSchema) -> Comparison<'_> {
    Comparison {
        perspective: Perspective::Versions,
        resource: &resource.resource,
        subject: &resource.resource,
        found: Vec::new(),
    }
}

fn compare(compared: &mut Comparison<'_>, from: &ResourceSchema, to: &ResourceSchema) {
    if from.protocol_version != to.protocol_version {
        let kind = DifferenceKind::ProtocolVersion {
            from: from.protocol_version.clone(),
            to: to.protocol_version.clone(),
        };
        compared.add(kind, Effect::READS);
    }
    // A caller that may see no row sees no id.
    if from.id != to.id && !to.id.is_empty() {
        let kind = DifferenceKind::Id {
            from: from.id.clone(),
            to: to.id.clone(),
        };
        compared.add(kind, Effect::READS);
    }
    operations(compared, from, to);
    features(compared, from, to);
    match (from.websocket, to.websocket) {
        // The consumer reads without its cache.
        (true, false) => compared.add(DifferenceKind::WebsocketRemoved, Effect::SOME_READS),
        (false, true) => compared.add(DifferenceKind::WebsocketAdded, Effect::NOBODY),
        _ => {}
    }
    if !compared.is_of_consumer() && from.max_page_size != to.max_page_size {
        let kind = DifferenceKind::MaxPageSize {
            from: from.max_page_size,
            to: to.max_page_size,
        };
        let is_lower = to.max_page_size < from.max_page_size;
        let effect = if is_lower {
            Effect::SOME_READS
        } else {
            Effect::NOBODY
        };
        compared.add(kind, effect);
    }
    compare_fields(compared, from, to);
}

fn operations(compared: &mut Comparison<'_>, from: &ResourceSchema, to: &ResourceSchema) {
    for operation in &from.operations {
        if !to.allows(*operation) {
            let effect = match operation {
                Operation::Filter | Operation::Detail => Effect::READS,
                Operation::Create | Operation::Update | Operation::Delete => Effect::WRITES,
            };
            compared.add(DifferenceKind::OperationRemoved(*operation), effect);
        }
    }
    for operation in &to.operations {
        if !from.allows(*operation) {
            compared.add(DifferenceKind::OperationAdded(*operation), Effect::NOBODY);
        }
    }
}

fn features(compared: &mut Comparison<'_>, from: &ResourceSchema, to: &ResourceSchema) {
    for feature in from
        .features
        .iter()
        .filter(|feature| !to.features.contains(feature))
    {
        let effect = match FEATURES_OF_READS.contains(&feature.as_str()) {
            true => Effect::SOME_READS,
            false => Effect::SOME_WRITES,
        };
        compared.add(DifferenceKind::FeatureRemoved(feature.clone()), effect);
    }
    // A consumer's struct declares no feature that it merely might use.
    if compared.is_of_consumer() {
        return;
    }
    for feature in to
        .features
        .iter()
        .filter(|feature| !from.features.contains(feature))
    {
        compared.add(DifferenceKind::FeatureAdded(feature.clone()), Effect::NOBODY);
    }
}
