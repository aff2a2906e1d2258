//! The equalities that a condition needs.

use super::{ConditionTree, Lookup, Operand, Operator};
use crate::field::Value;

impl ConditionTree {
    /// Equalities of a field with a value, of which each accepted row meets at least one. `None` if the condition needs no
    /// equality, or more than `max` of them.
    pub(crate) fn equalities(&self, max: usize) -> Option<Vec<(u16, &Value)>> {
        let equalities = match self {
            Self::Lookup(Lookup {
                field,
                operator: Operator::Exact,
                operand: Operand::Value(value),
            }) => vec![(*field, value)],
            Self::Lookup(Lookup {
                field,
                operator: Operator::In,
                operand: Operand::List(values),
            }) if values.len() <= max => values.iter().map(|value| (*field, value)).collect(),
            Self::All(parts) => {
                let parts = parts.iter().filter_map(|part| part.equalities(max));
                parts.min_by_key(Vec::len)?
            }
            Self::Any(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    all.extend(part.equalities(max.checked_sub(all.len())?)?);
                }
                all
            }
            Self::Constant(false) => Vec::new(),
            _ => return None,
        };
        (equalities.len() <= max).then_some(equalities)
    }
}
