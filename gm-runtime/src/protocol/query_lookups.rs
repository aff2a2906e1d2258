//! Reads the lookups of a query: `filters` and `excludes`.

use std::borrow::Cow;

use super::failure::Failure;
use super::values;
use crate::field::{Value, ValueError, ValueType};
use crate::json::{MemoryBudget, Number, RawJson, View};
use crate::manager::{Api, Description, FieldDescription, FieldSet, ReferenceDescription};
use crate::query::{Lookup, MAX_REFERENCES, Operand, Operator, RelatedLookup};

/// The limits of a query.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueryLimits {
    /// The most lookups, in `filters` and `excludes` together.
    pub(crate) lookups: usize,
    /// The most members of a lookup's list.
    pub(crate) list_members: usize,
    /// The most bytes of memory for the values of JSON fields.
    pub(crate) json_bytes: usize,
}

/// What exists for the caller of a query.
#[derive(Clone, Copy)]
pub(crate) struct Readable<'a> {
    /// The fields of the rows.
    pub(crate) fields: &'a FieldSet,
    /// The fields of the rows behind a reference. `None` if the caller may read none of them.
    pub(crate) through: &'a dyn Fn(&ReferenceDescription) -> Option<FieldSet>,
}

/// A lookup as its key names it.
struct Named {
    description: &'static Description,
    field: u16,
    operator: Operator,
    /// The fields of the references before, in order.
    path: Vec<u16>,
}

/// Reads the lookups of a query, within its limits.
pub(super) struct LookupReader<'a> {
    description: &'static Description,
    readable: Readable<'a>,
    api: &'a Api,
    limits: QueryLimits,
    budget: MemoryBudget,
}

impl<'a> LookupReader<'a> {
    pub(super) fn new(
        description: &'static Description,
        readable: Readable<'a>,
        api: &'a Api,
        limits: QueryLimits,
    ) -> Self {
        Self {
            description,
            readable,
            api,
            limits,
            budget: MemoryBudget::new(limits.json_bytes),
        }
    }

    /// The lookups under the key `name`.
    pub(super) fn read(&mut self, name: &str, value: Option<RawJson<'_>>) -> Result<Vec<Lookup>, Failure> {
        let members = match value.map(RawJson::view) {
            None => return Ok(Vec::new()),
            Some(View::Object(members)) => members,
            Some(_) => {
                return Err(Failure::invalid_field(
                    name,
                    "expected an object of lookups and values",
                ));
            }
        };
        // All are counted before the first is read. Of a repeated lookup the last one counts.
        let mut given: Vec<(Cow<'_, str>, RawJson<'_>)> = Vec::new();
        for (key, value) in members {
            if let Some((_, slot)) = given.iter_mut().find(|(known, _)| *known == key) {
                *slot = value;
            } else if given.len() < self.limits.lookups {
                given.push((key, value));
            } else {
                return Err(too_many_lookups(self.limits));
            }
        }
        given
            .into_iter()
            .map(|(key, value)| self.lookup(&key, value))
            .collect()
    }

    fn lookup(&mut self, key: &str, value: RawJson<'_>) -> Result<Lookup, Failure> {
        let Named {
            description,
            field,
            operator,
            path,
        } = self
            .named(key)
            .ok_or_else(|| Failure::invalid_field(key, "there is no such field or lookup"))?;
        // R-regex
        let allows_patterns = |api: &Api| api.regex();
        if operator.is_pattern()
            && !(allows_patterns(self.api) && description.api().is_none_or(allows_patterns))
        {
            return Err(Failure::invalid_field(
                key,
                "patterns are not allowed here: the owner's `#[remote_api(..)]` has no `allow_regex`",
            ));
        }
        if !description.field(field).filter() {
            return Err(Failure::invalid_field(key, "this field can't be filtered by"));
        }
        let operand = self
            .operand(operator, description.field(field), value)
            .map_err(|message| Failure::invalid_field(key, message))?;
        let lookup = Lookup {
            field,
            operator,
            operand,
        };
        let through = |lookup, field| Lookup {
            field,
            operator: Operator::Related,
            operand: Operand::Related(Box::new(RelatedLookup::new(lookup))),
        };
        Ok(path.into_iter().rev().fold(lookup, through))
    }

    /// The lookup that a key names: `name__icontains`, or `customer__name__icontains` through the reference `customer`.
    fn named(&self, key: &str) -> Option<Named> {
        let (mut description, mut key) = (self.description, key);
        let mut fields = Cow::Borrowed(self.readable.fields);
        let mut path = Vec::new();
        loop {
            if let Some((field, operator)) = lookup_of(key, description, &fields) {
                return Some(Named {
                    description,
                    field,
                    operator,
                    path,
                });
            }
            let (name, rest) = key.split_once("__")?;
            let (field, reference) = reference_of(name, description, &fields)?;
            if path.len() == MAX_REFERENCES {
                return None;
            }
            fields = Cow::Owned((self.readable.through)(reference)?);
            path.push(field);
            (description, key) = (reference.description(), rest);
        }
    }

    fn operand(
        &mut self,
        operator: Operator,
        field: &FieldDescription,
        value: RawJson<'_>,
    ) -> Result<Operand, Message> {
        match operator {
            Operator::Exact => self.nullable(value, field).map(Operand::Value),
            Operator::IsNull => match value.view() {
                View::Bool(flag) => Ok(Operand::Flag(flag)),
                _ => Err("expected true or false".into()),
            },
            Operator::In => {
                let View::List(list) = value.view() else {
                    return Err("expected a list".into());
                };
                let most = self.limits.list_members;
                let mut members = Vec::new();
                for member in list {
                    if members.len() == most {
                        return Err(format!(
                            "expected at most {most} members; split the query, or raise the owner's `max_list_members`"
                        )
                        .into());
                    }
                    members.push(self.nullable(member, field)?);
                }
                Ok(Operand::List(members))
            }
            Operator::Range => {
                let View::List(mut list) = value.view() else {
                    return Err("expected a list of two values".into());
                };
                let (Some(from), Some(to), None) = (list.next(), list.next(), list.next()) else {
                    return Err("expected a list of two values".into());
                };
                let ends = [from, to].map(|end| self.not_null(end, field));
                ends.into_iter().collect::<Result<_, _>>().map(Operand::List)
            }
            Operator::Year | Operator::Month | Operator::Day => integer(value)
                .map(Operand::Number)
                .ok_or_else(|| "expected an integer".into()),
            Operator::Date => match values::read_view(value.view(), ValueType::Date) {
                Ok(day @ Value::Date(_)) => Ok(Operand::Value(day)),
                _ => Err(format!("expected {}", ValueType::Date.name()).into()),
            },
            _ => self.not_null(value, field).map(Operand::Value),
        }
    }

    fn nullable(&mut self, value: RawJson<'_>, field: &FieldDescription) -> Result<Value, Message> {
        values::read_field(value, field, &mut self.budget).map_err(ValueError::into_message)
    }

    fn not_null(&mut self, value: RawJson<'_>, field: &FieldDescription) -> Result<Value, Message> {
        if value.is_null() {
            return Err(format!("expected {}, got null", field.value_type().name()).into());
        }
        self.nullable(value, field)
    }
}

type Message = Cow<'static, str>;

/// The field and the operator of a key such as `name` or `name__icontains`.
fn lookup_of(key: &str, description: &'static Description, fields: &FieldSet) -> Option<(u16, Operator)> {
    if let Some(field) = fields.index_of(description, key) {
        return Some((field, Operator::Exact));
    }
    let (field, operator) = key.rsplit_once("__")?;
    let field = fields.index_of(description, field)?;
    let operator = Operator::ALL.into_iter().find(|known| known.name() == operator)?;
    operator
        .applies_to(description.field(field).value_type())
        .then_some((field, operator))
}

/// The reference of this name, and the index of its field. A field that can't be filtered by has none.
fn reference_of(
    name: &str,
    description: &'static Description,
    fields: &FieldSet,
) -> Option<(u16, &'static ReferenceDescription)> {
    (0..).zip(description.fields()).find_map(|(index, field)| {
        let reference = field.reference()?;
        let is_usable = reference.name() == name && field.filter() && fields.contains(index);
        is_usable.then_some((index, reference))
    })
}

pub(super) fn too_many_lookups(limits: QueryLimits) -> Failure {
    Failure::invalid(format!(
        "expected at most {} lookups; the owner's `max_lookups` allows more",
        limits.lookups
    ))
}

/// The value, if it is a 64-bit integer.
pub(super) fn integer(value: RawJson<'_>) -> Option<i64> {
    match value.view() {
        View::Number(number) => number.and_then(Number::as_i64),
        _ => None,
    }
}
