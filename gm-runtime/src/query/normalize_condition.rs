//! The check of the conditions that rules of the application's own make.

use super::pattern::{self, QueryPattern};
use super::{ConditionTree, Lookup, Operand, Operator};
use crate::error::Error;
use crate::field::{Value, ValueError};
use crate::manager::Description;

/// The deepest condition. Its evaluation recurses, and SQLite refuses expressions deeper than 1,000.
const MAX_DEPTH: usize = 100;

/// The most lookups of a condition. SQLite's statements have at most 32,766 parameters.
const MAX_LOOKUPS: usize = 10_000;

/// The most patterns of a condition. A thread caches as many compiled patterns, besides those of a caller.
const MAX_PATTERNS: usize = pattern::MAX_PATTERNS;

/// Why a condition can't be evaluated.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConditionError {
    #[error("it is nested more than {MAX_DEPTH} deep")]
    Depth,
    #[error("it has more than {MAX_LOOKUPS} lookups")]
    Lookups,
    #[error("it has more than {MAX_PATTERNS} patterns")]
    Patterns,
    #[error("{0}")]
    Value(Error),
}

impl Description {
    /// The condition with its values in the form that storage gives, so that every storage evaluates it alike. Comparisons of
    /// one field with several values become one list.
    ///
    /// # Errors
    /// A condition that is too large, a value that its field can't hold, and an invalid pattern.
    pub(crate) fn normalize_condition(
        &'static self,
        tree: ConditionTree,
    ) -> Result<ConditionTree, ConditionError> {
        if is_too_deep(&tree) {
            dismantle(tree);
            return Err(ConditionError::Depth);
        }
        let tree = self.normalize_tree(tree).map_err(ConditionError::Value)?;
        if lookups(&tree).count() > MAX_LOOKUPS {
            return Err(ConditionError::Lookups);
        }
        let patterns: Vec<QueryPattern> = lookups(&tree).filter_map(QueryPattern::of).collect();
        if patterns.len() > MAX_PATTERNS {
            return Err(ConditionError::Patterns);
        }
        if let Some(QueryPattern { field, .. }) = patterns.first() {
            pattern::check().map_err(|error| ConditionError::Value(self.invalid(*field, error)))?;
        }
        pattern::compile_on_this_thread(&patterns, self).map_err(ConditionError::Value)?;
        Ok(tree)
    }

    fn normalize_tree(&'static self, tree: ConditionTree) -> Result<ConditionTree, Error> {
        Ok(match tree {
            ConditionTree::Lookup(mut lookup) => {
                self.normalize_lookup(&mut lookup)
                    .and_then(|()| self.check_shape(&lookup))
                    .map_err(|error| self.invalid(lookup.field, error))?;
                ConditionTree::Lookup(lookup)
            }
            ConditionTree::All(parts) => {
                let mut all = ConditionTree::Constant(true);
                for part in merged(parts, |part| !part) {
                    all = all.and(self.normalize_tree(part)?);
                }
                all
            }
            ConditionTree::Any(parts) => {
                let mut any = ConditionTree::Constant(false);
                for part in merged(parts, |part| part) {
                    any = any.or(self.normalize_tree(part)?);
                }
                any
            }
            ConditionTree::Not(condition) => !self.normalize_tree(*condition)?,
            leaf @ (ConditionTree::Constant(_) | ConditionTree::Changed(_)) => leaf,
        })
    }

    fn check_shape(&self, lookup: &Lookup) -> Result<(), ValueError> {
        match &lookup.operand {
            _ if usize::from(lookup.field) >= self.fields().len() => {
                Err(ValueError::new("the condition is one of another manager"))
            }
            Operand::Related(_) => Err(ValueError::new("a rule does not look through references")),
            Operand::List(ends) if lookup.operator == Operator::Range && ends.len() != 2 => {
                Err(ValueError::new("expected the two ends of a range"))
            }
            _ => Ok(()),
        }
    }
}

/// The parts, with one list in place of several comparisons of a field with a value. `as_any` makes a part of `All` the part
/// of `Any` that it is the opposite of, and the other way round.
fn merged(
    parts: Vec<ConditionTree>,
    as_any: impl Fn(ConditionTree) -> ConditionTree,
) -> impl Iterator<Item = ConditionTree> {
    let mut lists: Vec<(u16, Vec<Value>)> = Vec::new();
    let mut others = Vec::new();
    for part in parts {
        match equality(as_any(part)) {
            Ok((field, mut values)) => match lists.iter_mut().find(|(known, _)| *known == field) {
                Some((_, list)) => list.append(&mut values),
                None => lists.push((field, values)),
            },
            Err(other) => others.push(other),
        }
    }
    lists.into_iter().map(one_of).chain(others).map(as_any)
}

/// The comparison of a field with these values.
fn one_of((field, mut values): (u16, Vec<Value>)) -> ConditionTree {
    let (operator, operand) = match (values.pop(), values.is_empty()) {
        (Some(only), true) => (Operator::Exact, Operand::Value(only)),
        (last, _) => {
            values.extend(last);
            (Operator::In, Operand::List(values))
        }
    };
    ConditionTree::Lookup(Lookup {
        field,
        operator,
        operand,
    })
}

/// The field and the values that a part compares for equality.
fn equality(part: ConditionTree) -> Result<(u16, Vec<Value>), ConditionTree> {
    match part {
        ConditionTree::Lookup(Lookup {
            field,
            operator: Operator::Exact,
            operand: Operand::Value(value),
        }) => Ok((field, vec![value])),
        ConditionTree::Lookup(Lookup {
            field,
            operator: Operator::In,
            operand: Operand::List(members),
        }) => Ok((field, members)),
        other => Err(other),
    }
}

fn is_too_deep(tree: &ConditionTree) -> bool {
    let mut rest = vec![(tree, 0)];
    while let Some((tree, depth)) = rest.pop() {
        if depth > MAX_DEPTH {
            return true;
        }
        match tree {
            ConditionTree::All(parts) | ConditionTree::Any(parts) => {
                rest.extend(parts.iter().map(|part| (part, depth + 1)));
            }
            ConditionTree::Not(condition) => rest.push((condition, depth + 1)),
            ConditionTree::Constant(_) | ConditionTree::Lookup(_) | ConditionTree::Changed(_) => {}
        }
    }
    false
}

/// Drops a deep tree without a recursion, which could exceed the stack.
fn dismantle(tree: ConditionTree) {
    let mut rest = vec![tree];
    while let Some(tree) = rest.pop() {
        match tree {
            ConditionTree::All(parts) | ConditionTree::Any(parts) => rest.extend(parts),
            ConditionTree::Not(condition) => rest.push(*condition),
            ConditionTree::Constant(_) | ConditionTree::Lookup(_) | ConditionTree::Changed(_) => {}
        }
    }
}

/// The lookups of a condition.
pub(crate) fn lookups(tree: &ConditionTree) -> impl Iterator<Item = &Lookup> {
    let mut rest = vec![tree];
    std::iter::from_fn(move || {
        while let Some(tree) = rest.pop() {
            match tree {
                ConditionTree::All(parts) | ConditionTree::Any(parts) => rest.extend(parts),
                ConditionTree::Not(condition) => rest.push(condition),
                ConditionTree::Lookup(lookup) => return Some(lookup),
                ConditionTree::Constant(_) | ConditionTree::Changed(_) => {}
            }
        }
        None
    })
}
