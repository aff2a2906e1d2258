//! Rules by chance: conditions on rows, and the guards of writes.

use std::sync::Arc;

use super::ask;
use super::random::Random;
use super::values::Values;
use crate::condition::{ConditionTree, Lookup, Operand, Operator};
use crate::field::Value;
use crate::interface::Guard;
use crate::manager::{Description, Operation};

/// The deepest condition.
const DEPTH: usize = 4;
/// The members of a long list.
const LONG: usize = 2_000;
/// The parts of a wide condition: more than SQLite nests.
const WIDE: usize = 1_200;

/// The rules of a caller. Each accepts every row, or the rows that meet a condition.
pub(super) fn guard(description: &'static Description, values: &Values, random: &mut Random) -> Guard {
    let mut condition = |is_of_write| {
        let some = random.one_in(2);
        let mut tree = || tree(description, values, DEPTH, is_of_write, random);
        some.then(|| Arc::new(tree()))
    };
    Guard {
        description,
        operation: Operation::Update,
        sight: condition(false),
        before: condition(true),
        after: condition(true),
        refusal: None,
    }
}

fn tree(
    description: &'static Description,
    values: &Values,
    depth: usize,
    is_of_write: bool,
    random: &mut Random,
) -> ConditionTree {
    let kind = if depth == 0 { 0 } else { random.below(12) };
    let part = |random: &mut Random| tree(description, values, depth - 1, is_of_write, random);
    match kind {
        6 | 7 => {
            let parts = random.below(4);
            ConditionTree::All((0..parts).map(|_| part(random)).collect())
        }
        8 | 9 => {
            let parts = random.below(4);
            ConditionTree::Any((0..parts).map(|_| part(random)).collect())
        }
        10 => ConditionTree::Not(Box::new(part(random))),
        11 if random.one_in(8) => ConditionTree::Constant(random.one_in(2)),
        11 if is_of_write => {
            let field = random.below(description.fields().len());
            ConditionTree::Changed(u16::try_from(field).unwrap_or_default())
        }
        5 if random.one_in(16) => large(description, values, random),
        _ => ConditionTree::Lookup(ask::lookup(description, values, random)),
    }
}

/// A condition with a long list, or with many parts.
fn large(description: &'static Description, values: &Values, random: &mut Random) -> ConditionTree {
    let field = ask::field(description, random);
    let nullable = description.field(field).nullable();
    let lookup = |operator, operand| {
        ConditionTree::Lookup(Lookup {
            field,
            operator,
            operand,
        })
    };
    let value = |random: &mut Random| values.pick(field, nullable, random);
    if random.one_in(2) {
        let members = (0..LONG).map(|_| value(random)).collect();
        return lookup(Operator::In, Operand::List(members));
    }
    let only = value(random);
    let part = lookup(Operator::Exact, Operand::Value(only));
    ConditionTree::Any(vec![part; WIDE])
}

/// Puts other values in the place of the id's, in every lookup of the rules.
pub(super) fn resolve(guard: &mut Guard, resolve: &impl Fn(&mut Value)) {
    let id = guard.description.id_index();
    let rules = [&mut guard.sight, &mut guard.before, &mut guard.after];
    for tree in rules.into_iter().flatten() {
        resolve_tree(Arc::make_mut(tree), id, resolve);
    }
}

fn resolve_tree(tree: &mut ConditionTree, id: u16, resolve: &impl Fn(&mut Value)) {
    match tree {
        ConditionTree::Lookup(lookup) if lookup.field == id => resolve_lookup(lookup, resolve),
        ConditionTree::All(parts) | ConditionTree::Any(parts) => {
            for part in parts {
                resolve_tree(part, id, resolve);
            }
        }
        ConditionTree::Not(condition) => resolve_tree(condition, id, resolve),
        ConditionTree::Lookup(_) | ConditionTree::Constant(_) | ConditionTree::Changed(_) => {}
    }
}

/// Puts other values in the place of those of a lookup.
pub(super) fn resolve_lookup(lookup: &mut Lookup, resolve: impl Fn(&mut Value)) {
    match &mut lookup.operand {
        Operand::Value(value) => resolve(value),
        Operand::List(values) => values.iter_mut().for_each(resolve),
        Operand::Flag(_) | Operand::Number(_) | Operand::Related(_) => {}
    }
}

type PlaceOfRule = fn(&mut Guard) -> &mut Option<Arc<ConditionTree>>;

/// The rules with one of them simpler.
pub(super) fn simpler(guard: &Guard) -> Vec<Guard> {
    let mut all = Vec::new();
    let places: [PlaceOfRule; 3] = [
        |guard| &mut guard.sight,
        |guard| &mut guard.before,
        |guard| &mut guard.after,
    ];
    for place in places {
        let mut with = |tree| {
            let mut simpler = guard.clone();
            *place(&mut simpler) = tree;
            all.push(simpler);
        };
        if let Some(tree) = place(&mut guard.clone()) {
            with(None);
            for tree in simpler_trees(tree) {
                with(Some(Arc::new(tree)));
            }
        }
    }
    all
}

fn simpler_trees(tree: &ConditionTree) -> Vec<ConditionTree> {
    match tree {
        ConditionTree::All(parts) | ConditionTree::Any(parts) if parts.len() <= DEPTH => parts.clone(),
        ConditionTree::Any(parts) => {
            let half = parts.iter().take(parts.len() / 2);
            vec![ConditionTree::Any(half.cloned().collect())]
        }
        ConditionTree::Not(condition) => vec![(**condition).clone()],
        ConditionTree::Lookup(Lookup {
            field,
            operator: Operator::In,
            operand: Operand::List(members),
        }) if members.len() > 1 => {
            let half = members.iter().take(members.len() / 2);
            vec![ConditionTree::Lookup(Lookup {
                field: *field,
                operator: Operator::In,
                operand: Operand::List(half.cloned().collect()),
            })]
        }
        _ => Vec::new(),
    }
}
