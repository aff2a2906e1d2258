//! The equalities that a condition needs.

use super::{ConditionTree, Lookup, Operand, Operator};
use crate::field::Value;

impl ConditionTree {
    /// Equalities of a field with a value, of which each accepted row meets at least one. `None` if the condition needs no
    /// equality, or more than `max` of them. Of the parts of a conjunction, it is the one whose equalities have the least
    /// sum of `cost`.
    pub(crate) fn equalities(
        &self,
        max: usize,
        cost: &dyn Fn(u16, &Value) -> usize,
    ) -> Option<Vec<(u16, &Value)>> {
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
                let parts = parts.iter().filter_map(|part| part.equalities(max, cost));
                let cost = |part: &Vec<(u16, &Value)>| {
                    part.iter()
                        .map(|(field, value)| cost(*field, value))
                        .sum::<usize>()
                };
                parts.min_by_key(cost)?
            }
            Self::Any(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    all.extend(part.equalities(max.checked_sub(all.len())?, cost)?);
                }
                all
            }
            Self::Constant(false) => Vec::new(),
            _ => return None,
        };
        (equalities.len() <= max).then_some(equalities)
    }
}

#[cfg(test)]
mod tests {
    use crate::condition::{ConditionTree, Lookup, Operand, Operator};
    use crate::field::Value;
    use crate::manager::Record;

    fn value(value: i64) -> Value {
        match value {
            0 => Value::Null,
            value => Value::Integer(value),
        }
    }

    fn lookup(field: u16, operator: Operator, operand: Operand) -> ConditionTree {
        ConditionTree::Lookup(Lookup {
            field,
            operator,
            operand,
        })
    }

    /// All conditions of one or two comparisons on two fields.
    fn conditions() -> Vec<ConditionTree> {
        let mut leaves = vec![ConditionTree::Constant(true), ConditionTree::Constant(false)];
        for field in 0..2 {
            leaves.push(lookup(field, Operator::IsNull, Operand::Flag(true)));
            leaves.push(lookup(field, Operator::Gt, Operand::Value(value(1))));
            leaves.push(lookup(
                field,
                Operator::In,
                Operand::List(vec![value(0), value(2)]),
            ));
            leaves.extend((0..3).map(|n| lookup(field, Operator::Exact, Operand::Value(value(n)))));
        }
        leaves.extend(leaves.clone().into_iter().map(|leaf| !leaf));
        let mut conditions = leaves.clone();
        for one in &leaves {
            for other in &leaves {
                let both = vec![one.clone(), other.clone()];
                conditions.extend([ConditionTree::All(both.clone()), ConditionTree::Any(both)]);
            }
        }
        conditions
    }

    #[test]
    fn each_accepted_row_meets_one_of_the_equalities() {
        let rows =
            (0..3).flat_map(|one| (0..3).map(move |other| Record::new(vec![value(one), value(other)])));
        let mut with_equalities = 0;
        for condition in conditions() {
            let Some(equalities) = condition.equalities(3, &|_, _| 1) else {
                continue;
            };
            with_equalities += 1;
            assert!(equalities.len() <= 3);
            for row in rows.clone().filter(|row| condition.accepts(row)) {
                let meets = |(field, value): &(u16, &Value)| row.get(*field) == *value;
                assert!(equalities.iter().any(meets), "{condition:?} accepts {row:?}");
            }
        }
        assert!(with_equalities > 100, "{with_equalities}");
    }

    #[test]
    fn a_conjunction_needs_the_equalities_of_its_cheapest_part() {
        let [one, other] = [0, 1].map(|field| lookup(field, Operator::Exact, Operand::Value(value(1))));
        let greater = lookup(0, Operator::Gt, Operand::Value(value(1)));
        let equalities =
            |condition: &ConditionTree| condition.equalities(16, &|_, _| 1).map(|found| found.len());
        assert_eq!(equalities(&one.clone().and(other.clone())), Some(1));
        assert_eq!(equalities(&one.clone().and(greater.clone())), Some(1));
        assert_eq!(equalities(&one.clone().or(other.clone())), Some(2));
        assert_eq!(equalities(&one.clone().or(greater)), None);
        for cheap in 0..2 {
            let both = one.clone().and(other.clone());
            let found = both.equalities(16, &|field, _| usize::from(field != cheap));
            assert_eq!(found, Some(vec![(cheap, &value(1))]));
        }
    }
}
