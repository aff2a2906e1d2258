//! The condition of a caller's rule, as SQL.

use sea_query::{BinOper, Expr, ExprTrait};

use super::expressions::Expressions;
use super::lookup;
use crate::condition::{ConditionTree, Lookup, Operand, Operator};
use crate::field::ValueError;
use crate::manager::Description;

/// The rows that a condition accepts.
pub(super) enum Accepted {
    Every,
    None,
    Where(Expr),
}

/// The rows that a condition accepts. A condition with an operand that its field can't be compared with accepts no row.
///
/// In a `WHERE`, and inside of `AND` and `OR`, null counts like false. Only an opposite tells them apart, so it is `IS NOT
/// TRUE`. All other conditions are written as the lookups of a query are, so that the same indexes answer them.
pub(super) fn accepted(
    description: &'static Description,
    tree: &ConditionTree,
    expressions: &dyn Expressions,
) -> Accepted {
    let builder = Builder {
        description,
        expressions,
    };
    builder.accepted(tree).unwrap_or(Accepted::None)
}

struct Builder<'e> {
    description: &'static Description,
    expressions: &'e dyn Expressions,
}

impl Builder<'_> {
    fn accepted(&self, tree: &ConditionTree) -> Result<Accepted, ValueError> {
        match tree {
            ConditionTree::Constant(true) => Ok(Accepted::Every),
            // No field is changed outside of an update.
            ConditionTree::Constant(false) | ConditionTree::Changed(_) => Ok(Accepted::None),
            ConditionTree::Lookup(lookup) => self.lookup(lookup),
            ConditionTree::All(parts) => self.all(parts),
            ConditionTree::Any(parts) => self.any(parts),
            ConditionTree::Not(condition) => self.opposite(condition),
        }
    }

    fn lookup(&self, lookup: &Lookup) -> Result<Accepted, ValueError> {
        let field = self.description.field(lookup.field);
        lookup::expression(field, lookup, self.expressions).map(Accepted::Where)
    }

    fn all(&self, parts: &[ConditionTree]) -> Result<Accepted, ValueError> {
        let mut all = Vec::with_capacity(parts.len());
        for part in parts {
            match self.accepted(part)? {
                Accepted::Every => {}
                Accepted::None => return Ok(Accepted::None),
                Accepted::Where(condition) => all.push(condition),
            }
        }
        Ok(joined(all, BinOper::And).map_or(Accepted::Every, Accepted::Where))
    }

    fn any(&self, parts: &[ConditionTree]) -> Result<Accepted, ValueError> {
        let mut any = Vec::with_capacity(parts.len());
        for part in parts {
            match self.accepted(part)? {
                Accepted::Every => return Ok(Accepted::Every),
                Accepted::None => {}
                Accepted::Where(condition) => any.push(condition),
            }
        }
        Ok(joined(any, BinOper::Or).map_or(Accepted::None, Accepted::Where))
    }

    fn opposite(&self, condition: &ConditionTree) -> Result<Accepted, ValueError> {
        if let ConditionTree::Lookup(Lookup {
            field,
            operator: operator @ Operator::IsNull,
            operand: Operand::Flag(null),
        }) = condition
        {
            // An index answers `IS NOT NULL`, and not its longer form.
            return self.lookup(&Lookup {
                field: *field,
                operator: *operator,
                operand: Operand::Flag(!null),
            });
        }
        Ok(match self.accepted(condition)? {
            Accepted::Every => Accepted::None,
            Accepted::None => Accepted::Every,
            Accepted::Where(condition) => Accepted::Where(lookup::is_not_true(condition)),
        })
    }
}

/// Joins conditions into a balanced tree. SQLite refuses an expression that is deeper than 1,000. `None` for no condition.
pub(super) fn joined(mut left: Vec<Expr>, operator: BinOper) -> Option<Expr> {
    if left.len() < 2 {
        return left.pop();
    }
    let right = left.split_off(left.len().div_ceil(2));
    match (joined(left, operator), joined(right, operator)) {
        (Some(left), Some(right)) => Some(left.binary(operator, right)),
        (left, right) => left.or(right),
    }
}
