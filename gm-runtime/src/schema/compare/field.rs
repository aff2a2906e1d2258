//! Compares the fields of two resources.

use super::comparison::{Comparison, Effect};
use super::difference::DifferenceKind as Kind;
use super::limits::compare_limits;
use super::types::{Fit, reading};
use crate::condition::Operator;
use crate::manager::Operation;
use crate::schema::{FieldSchema, IntegerRange, ReferenceSchema, ResourceSchema};

/// What differs at the whole resource, and so is not said again of each field.
#[derive(Clone, Copy)]
struct Resource {
    /// Rows can be read here and not there.
    reads: bool,
    /// Rows can be created on one side only.
    creates: bool,
    /// Rows can be updated on one side only.
    updates: bool,
    /// Queries can be sent here and not there.
    queries: bool,
}

impl Resource {
    fn of(from: &ResourceSchema, to: &ResourceSchema) -> Self {
        let reads =
            |schema: &ResourceSchema| schema.allows(Operation::Filter) || schema.allows(Operation::Detail);
        let differs = |operation| from.allows(operation) != to.allows(operation);
        Self {
            reads: reads(from) && !reads(to),
            creates: differs(Operation::Create),
            updates: differs(Operation::Update),
            queries: differs(Operation::Filter),
        }
    }
}

/// Compares the fields, in the order of `from`, and then those that only `to` has.
pub(super) fn compare_fields(compared: &mut Comparison<'_>, from: &ResourceSchema, to: &ResourceSchema) {
    let resource = Resource::of(from, to);
    for field in &from.fields {
        match to.field(&field.name) {
            Some(other) => Fields::new(compared, resource, field, other).compare(),
            None if resource.reads => {}
            None => {
                let effect = without(compared.is_of_consumer(), field);
                compared.add_field(&field.name, Kind::FieldRemoved, effect);
            }
        }
    }
    for field in &to.fields {
        if from.field(&field.name).is_none() {
            let required = field.required;
            let effect = if required { Effect::WRITES } else { Effect::NOBODY };
            compared.add_field(&field.name, Kind::FieldAdded { required }, effect);
        }
    }
}

/// The effect of a field that is not there. A consumer reads an `Option` as `None` then, as of an owner that hides the field.
fn without(of_consumer: bool, field: &FieldSchema) -> Effect {
    match (of_consumer && field.nullable, field.creatable || field.updatable) {
        (false, _) => Effect::READS,
        (true, true) => Effect::WRITES,
        (true, false) => Effect::NOBODY,
    }
}

/// A field in both schemas.
struct Fields<'f, 'c> {
    compared: &'f mut Comparison<'c>,
    resource: Resource,
    from: &'f FieldSchema,
    to: &'f FieldSchema,
    /// Whether a consumer's struct is compared.
    of_consumer: bool,
}

impl<'f, 'c> Fields<'f, 'c> {
    fn new(
        compared: &'f mut Comparison<'c>,
        resource: Resource,
        from: &'f FieldSchema,
        to: &'f FieldSchema,
    ) -> Self {
        let of_consumer = compared.is_of_consumer();
        Self {
            compared,
            resource,
            from,
            to,
            of_consumer,
        }
    }

    fn add(&mut self, kind: Kind, effect: Effect) {
        self.compared.add_field(&self.from.name, kind, effect);
    }

    fn compare(mut self) {
        let (from, to) = (self.from, self.to);
        self.access();
        if from.value_type == to.value_type {
            self.range();
            self.names();
        } else {
            self.types();
        }
        self.nulls();
        self.creates();
        compare_limits(self.compared, from, to);
        // A consumer's struct declares neither which lookups it uses, nor what only the owner knows.
        if !self.of_consumer {
            self.queries();
            self.storage();
        }
    }

    /// Who may read and write the field.
    fn access(&mut self) {
        let (from, to, of_consumer) = (self.from, self.to, self.of_consumer);
        let Resource {
            reads,
            creates,
            updates,
            ..
        } = self.resource;
        if to.write_only && !from.write_only && !reads {
            let effect = if of_consumer && from.nullable {
                Effect::NOBODY
            } else {
                Effect::READS
            };
            self.add(Kind::ReadForbidden, effect);
        }
        if from.creatable && !to.creatable && !creates {
            self.add(Kind::CreateForbidden, Effect::WRITES);
        }
        if from.updatable && !to.updatable && !updates {
            self.add(Kind::UpdateForbidden, Effect::WRITES);
        }
        if from.write_only && !to.write_only {
            self.add(Kind::ReadAllowed, Effect::NOBODY);
        }
        if to.creatable && !from.creatable && !creates && !of_consumer {
            self.add(Kind::CreateAllowed, Effect::NOBODY);
        }
        if to.updatable && !from.updatable && !updates && !of_consumer {
            self.add(Kind::UpdateAllowed, Effect::NOBODY);
        }
    }

    /// Readers read values of `to` as `from`, and writers write values of `from`, which the owner reads as `to`.
    fn types(&mut self) {
        let (from, to) = (&self.from.value_type, &self.to.value_type);
        let effect = match (reading(to, from), reading(from, to)) {
            // A null is read as any type.
            (Fit::None, _) if self.from.nullable && self.to.nullable => Effect::SOME_READS,
            (Fit::None, _) => Effect::READS,
            (Fit::Some, _) => Effect::SOME_READS,
            (Fit::All, Fit::None) => Effect::WRITES,
            (Fit::All, Fit::Some) => Effect::SOME_WRITES,
            (Fit::All, Fit::All) => Effect::NOBODY,
        };
        let kind = Kind::Type {
            from: from.clone(),
            to: to.clone(),
        };
        self.add(kind, effect);
    }

    fn range(&mut self) {
        let (from, to) = (self.from, self.to);
        if from.range == to.range {
            return;
        }
        let effect = if !within(values_of(to), range_of(from)) {
            Effect::SOME_READS
        } else if !within(values_of(from), range_of(to)) {
            Effect::SOME_WRITES
        } else {
            Effect::NOBODY
        };
        let kind = Kind::Range {
            from: from.range,
            to: to.range,
        };
        self.add(kind, effect);
    }

    fn names(&mut self) {
        let (from, to) = (self.from, self.to);
        let none_fails = |closed: bool| {
            if closed {
                Effect::SOME_READS
            } else {
                Effect::NOBODY
            }
        };
        match (&from.values, &to.values) {
            (Some(_), None) => self.add(Kind::AnyText, none_fails(!from.open)),
            // A struct with a text is one that leaves the check of the names to the owner.
            (None, Some(_)) if self.of_consumer => {}
            (None, Some(_)) => self.add(Kind::NamesOnly, Effect::SOME_WRITES),
            (Some(before), Some(now)) => {
                let without = |names: &[String], others: &[String]| -> Vec<String> {
                    names
                        .iter()
                        .filter(|name| !others.contains(name))
                        .cloned()
                        .collect()
                };
                let (added, removed) = (without(now, before), without(before, now));
                if !added.is_empty() {
                    self.add(Kind::NamesAdded(added), none_fails(!from.open));
                }
                if !removed.is_empty() {
                    self.add(Kind::NamesRemoved(removed), Effect::SOME_WRITES);
                }
            }
            (None, None) => {}
        }
    }

    fn nulls(&mut self) {
        match (self.from.nullable, self.to.nullable) {
            (false, true) => self.add(Kind::NullAllowed, Effect::SOME_READS),
            // A struct with an `Option` is lenient, for example because some callers may not read the field.
            (true, false) if self.of_consumer => self.add(Kind::NullForbidden, Effect::NOBODY),
            (true, false) => self.add(Kind::NullForbidden, Effect::SOME_WRITES),
            _ => {}
        }
    }

    fn creates(&mut self) {
        if self.resource.creates {
            return;
        }
        match (self.from.required, self.to.required) {
            (false, true) if self.from.creatable => self.add(Kind::Required, Effect::SOME_WRITES),
            (false, true) => self.add(Kind::Required, Effect::WRITES),
            (true, false) if !self.of_consumer => self.add(Kind::NotRequired, Effect::NOBODY),
            _ => {}
        }
    }

    /// By what queries may filter and order.
    fn queries(&mut self) {
        let (from, to) = (self.from, self.to);
        if self.resource.queries {
            return;
        }
        let without = |lookups: &[Operator], others: &[Operator]| -> Vec<Operator> {
            lookups
                .iter()
                .filter(|lookup| !others.contains(lookup))
                .copied()
                .collect()
        };
        let removed = without(&from.lookups, &to.lookups);
        // Another type has other lookups, which the difference of the type says.
        if from.value_type == to.value_type {
            let added = without(&to.lookups, &from.lookups);
            if !removed.is_empty() {
                self.add(Kind::LookupsRemoved(removed), Effect::SOME_READS);
            }
            if !added.is_empty() {
                self.add(Kind::LookupsAdded(added), Effect::NOBODY);
            }
        } else if to.lookups.is_empty() && !removed.is_empty() {
            self.add(Kind::LookupsRemoved(removed), Effect::SOME_READS);
        }
        match (from.orderable, to.orderable) {
            (true, false) => self.add(Kind::OrderRemoved, Effect::SOME_READS),
            (false, true) => self.add(Kind::OrderAdded, Effect::NOBODY),
            _ => {}
        }
        if from.references != to.references {
            let named = |reference: &Option<ReferenceSchema>| {
                let reference = reference.as_ref()?;
                Some((reference.resource.clone(), reference.name.clone()))
            };
            let effect = if from.references.is_some() {
                Effect::SOME_READS
            } else {
                Effect::NOBODY
            };
            let kind = Kind::Reference {
                from: named(&from.references),
                to: named(&to.references),
            };
            self.add(kind, effect);
        }
    }

    /// What the owner does with the values.
    fn storage(&mut self) {
        let (from, to) = (self.from, self.to);
        match (from.unique, to.unique) {
            (false, true) => self.add(Kind::UniqueAdded, Effect::SOME_WRITES),
            (true, false) => self.add(Kind::UniqueRemoved, Effect::NOBODY),
            _ => {}
        }
        match (from.has_default, to.has_default) {
            (false, true) => self.add(Kind::DefaultAdded, Effect::NOBODY),
            (true, false) => self.add(Kind::DefaultRemoved, Effect::NOBODY),
            _ => {}
        }
        if from.kept != to.kept {
            let kind = Kind::Kept {
                from: from.kept,
                to: to.kept,
            };
            self.add(kind, Effect::NOBODY);
        }
    }
}

/// The values that the type of the field has.
fn range_of(field: &FieldSchema) -> (i64, i64) {
    match field.range {
        Some(IntegerRange { min, max, .. }) => (min, max),
        None => (i64::MIN, i64::MAX),
    }
}

/// The values of the field's type within the declared minimum and maximum.
fn values_of(field: &FieldSchema) -> (i64, i64) {
    let (min, max) = range_of(field);
    let limit = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<i64>().ok());
    let declared_min = limit(&field.min).unwrap_or(min);
    let declared_max = limit(&field.max).unwrap_or(max);
    (min.max(declared_min), max.min(declared_max))
}

fn within(inner: (i64, i64), outer: (i64, i64)) -> bool {
    outer.0 <= inner.0 && inner.1 <= outer.1
}
