//! The check of the values of lookups against the types of their fields.

use super::{Lookup, Operand, Operator, Select};
use crate::error::Error;
use crate::field::{Value, ValueError};
use crate::manager::{Description, Purpose, check_characters};

impl Description {
    /// The name of the lookup on the wire: `name`, `name__icontains`.
    #[must_use]
    pub fn lookup_name(&self, lookup: &Lookup) -> String {
        let field = self.field(lookup.field);
        let name = field.name();
        if let (Some(related), Some(reference)) = (lookup.related(), field.reference()) {
            let lookup = reference.description().lookup_name(related);
            return format!("{}__{lookup}", reference.name());
        }
        match lookup.operator {
            Operator::Exact => name.to_owned(),
            operator => format!("{name}__{}", operator.name()),
        }
    }

    /// Normalizes the values of a query's lookups to the form in which they are stored and sent.
    pub(crate) fn normalize_select(&self, select: &mut Select) -> Result<(), Error> {
        for lookup in select.filters.iter_mut().chain(&mut select.excludes) {
            self.normalize_lookup(lookup)
                .map_err(|error| self.invalid(lookup.field, error))?;
        }
        Ok(())
    }

    pub(super) fn normalize_lookup(&self, lookup: &mut Lookup) -> Result<(), ValueError> {
        if let Operand::Related(related) = &mut lookup.operand {
            let Some(reference) = self.field(lookup.field).reference() else {
                return Err(ValueError::new("the field has no reference"));
            };
            return reference.description().normalize_lookup(&mut related.lookup);
        }
        match (lookup.operator, &lookup.operand) {
            // The operand of `date` is a date, not a value of the field.
            (Operator::Date, _) => return Ok(()),
            // A part of a text need not be a valid value of the field.
            (operator, Operand::Value(Value::Text(text))) if operator.is_for_text() => {
                return check_characters(text);
            }
            _ => {}
        }
        let field = self.field(lookup.field);
        let normalize = |value: &mut Value| {
            *value = field.normalize(std::mem::replace(value, Value::Null), Purpose::Compare)?;
            Ok(())
        };
        match &mut lookup.operand {
            Operand::Value(value) => normalize(value),
            Operand::List(values) => values.iter_mut().try_for_each(normalize),
            Operand::Flag(_) | Operand::Number(_) | Operand::Related(_) => Ok(()),
        }
    }
}
