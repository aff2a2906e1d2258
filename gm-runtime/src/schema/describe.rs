//! The schema of a resource, made of its description and of what the caller may see.

use super::{FieldSchema, IntegerRange, ReferenceSchema, ResourceSchema, Sight, hash};
use crate::condition::Operator;
use crate::field::{FieldValues, ValueType};
use crate::manager::{Api, Description, FieldDefault, FieldDescription, Kept, Operation, Operations};

/// The schema of a resource as a caller with this sight may see it, without the extensions. `None` if it may see nothing.
pub(crate) fn describe(
    description: &'static Description,
    api: &Api,
    sight: &Sight,
) -> Option<ResourceSchema> {
    let operations = Operations::EACH
        .into_iter()
        .filter(|operation| sight.operations.contains(*operation) && api.operations().contains(*operation));
    let mut schema = ResourceSchema {
        base_path: api.base_path().to_owned(),
        resource: api.resource().to_owned(),
        protocol_version: api.protocol_version().to_owned(),
        manager: description.name().to_owned(),
        operations: operations.collect(),
        websocket: api.websocket_invalidation() && sight.reads,
        default_page_size: api.default_page_size(),
        max_page_size: api.max_page_size(),
        ..ResourceSchema::default()
    };
    if schema.operations.is_empty() && !schema.websocket {
        return None;
    }
    let describer = Describer {
        description,
        sight,
        allows_create: schema.allows(Operation::Create),
        allows_update: schema.allows(Operation::Update),
        allows_filter: schema.allows(Operation::Filter),
        allows_patterns: api.regex(),
    };
    schema.fields = describer.fields().collect();
    let id = description.id_field().name();
    if schema.field(id).is_some() {
        schema.id = id.to_owned();
    }
    schema.hash = hash::of(&schema);
    Some(schema)
}

struct Describer<'a> {
    description: &'static Description,
    sight: &'a Sight,
    allows_create: bool,
    allows_update: bool,
    allows_filter: bool,
    allows_patterns: bool,
}

impl Describer<'_> {
    fn fields(&self) -> impl Iterator<Item = FieldSchema> {
        let stored = (0_u16..).zip(self.description.fields());
        let stored = stored.filter_map(|(index, field)| self.stored(index, field));
        let places = (0_u16..).skip(self.description.fields().len());
        let computed = places.zip(self.description.computed());
        let computed = computed.filter(|(index, _)| self.reads(*index));
        stored.chain(computed.map(|(_, computed)| FieldSchema {
            kept: Some(Kept::Computed),
            ..value_of(computed.field())
        }))
    }

    fn reads(&self, index: u16) -> bool {
        self.sight.reads && self.sight.readable.contains(index)
    }

    /// A field of the struct. `None` if the caller may neither read nor write it.
    fn stored(&self, index: u16, field: &'static FieldDescription) -> Option<FieldSchema> {
        let is_id = index == self.description.id_index();
        let is_assigned = is_id && self.description.id_assigned();
        let is_writable = !field.read_only() && !field.is_preset() && field.kept().is_none();
        let creatable =
            self.allows_create && is_writable && !is_assigned && self.sight.creatable.contains(index);
        let updatable = self.allows_update && is_writable && !is_id && self.sight.updatable.contains(index);
        let reads = self.reads(index);
        if !reads && !creatable && !updatable {
            return None;
        }
        let filters = reads && self.allows_filter;
        let lookups = Operator::ALL
            .into_iter()
            .filter(|operator| filters && field.filter() && self.applies(*operator, field));
        let orderable = filters && field.order() && field.value_type().is_ordered();
        Some(FieldSchema {
            write_only: !reads,
            creatable,
            updatable,
            required: self.allows_create && !is_assigned && field.preset().is_none() && field.required(),
            has_default: creatable && matches!(field.default(), FieldDefault::Value(_)),
            kept: field.kept(),
            unique: field.unique() || is_id,
            lookups: lookups.collect(),
            orderable,
            references: self.reference(index, field),
            ..value_of(field)
        })
    }

    fn applies(&self, operator: Operator, field: &FieldDescription) -> bool {
        let is_served = self.allows_patterns || !operator.is_pattern();
        is_served && operator.applies_to(field.value_type())
    }

    fn reference(&self, index: u16, field: &FieldDescription) -> Option<ReferenceSchema> {
        let mut references = self.sight.references.iter();
        let (_, resource) = references.find(|(referring, _)| *referring == index)?;
        Some(ReferenceSchema {
            name: field.reference()?.name().to_owned(),
            resource: (*resource).to_owned(),
        })
    }
}

/// The type of a field, and the limits of its values.
pub(super) fn value_of(field: &FieldDescription) -> FieldSchema {
    let (values, open) = match field.values() {
        FieldValues::Names(names) => (Some(names), false),
        FieldValues::Open(names) => (Some(names), true),
        FieldValues::All | FieldValues::Custom(_) => (None, false),
    };
    let range = match field.value_type() {
        ValueType::Integer {
            min: i64::MIN,
            max: i64::MAX,
        } => None,
        ValueType::Integer { min, max } => Some(IntegerRange { min, max }),
        _ => None,
    };
    let decimal = field.decimal();
    FieldSchema {
        name: field.name().to_owned(),
        value_type: field.value_type().into(),
        nullable: field.nullable(),
        range,
        values: values.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
        open,
        max_length: field.max_length(),
        blank: field.blank() && field.value_type() == ValueType::Text,
        max_digits: decimal.map(|digits| digits.max_digits),
        decimal_places: decimal.map(|digits| digits.decimal_places),
        min: field.min().map(str::to_owned),
        max: field.max().map(str::to_owned),
        pattern: field.regex().map(|pattern| pattern.text().to_owned()),
        ..FieldSchema::default()
    }
}
