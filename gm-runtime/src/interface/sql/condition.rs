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
/// An opposite is moved down to the lookups. In a `WHERE`, and inside of `AND` and `OR`, null counts like false. Only an
/// opposite tells them apart, so it is `IS NOT TRUE`. Other lookups are written as those of a query are, so that the same
/// indexes answer them.
///
/// A stored value that its field can't hold is unknown, as it is in memory. So a lookup that could match such a value requires
/// a value that the field can hold (`docs/design/storage.md`, section Conditions).
pub(super) fn accepted(
    description: &'static Description,
    tree: &ConditionTree,
    expressions: &dyn Expressions,
) -> Accepted {
    let builder = Builder {
        description,
        expressions,
    };
    builder.accepted(tree, false).unwrap_or(Accepted::None)
}

struct Builder<'e> {
    description: &'static Description,
    expressions: &'e dyn Expressions,
}

impl Builder<'_> {
    /// The rows that the condition accepts, or its opposite.
    fn accepted(&self, tree: &ConditionTree, opposite: bool) -> Result<Accepted, ValueError> {
        let constant = |constant| match constant != opposite {
            true => Ok(Accepted::Every),
            false => Ok(Accepted::None),
        };
        match tree {
            ConditionTree::Constant(value) => constant(*value),
            // No field is changed outside of an update.
            ConditionTree::Changed(_) => constant(false),
            ConditionTree::Lookup(lookup) => self.lookup(lookup, opposite).map(Accepted::Where),
            ConditionTree::All(parts) if opposite => self.any(parts, opposite),
            ConditionTree::Any(parts) if opposite => self.all(parts, opposite),
            ConditionTree::All(parts) => self.all(parts, opposite),
            ConditionTree::Any(parts) => self.any(parts, opposite),
            ConditionTree::Not(condition) => self.accepted(condition, !opposite),
        }
    }

    fn lookup(&self, lookup: &Lookup, opposite: bool) -> Result<Expr, ValueError> {
        let field = self.description.field(lookup.field);
        let expression = |lookup: &Lookup| lookup::expression(field, lookup, self.expressions);
        let matching = match (lookup.operator, &lookup.operand) {
            // A value that equals another one is of the field's type.
            (Operator::Exact | Operator::In, _) if !opposite => return expression(lookup),
            // An index answers `IS NOT NULL`, and not its longer form.
            (Operator::IsNull, Operand::Flag(null)) => expression(&Lookup {
                field: lookup.field,
                operator: Operator::IsNull,
                operand: Operand::Flag(*null != opposite),
            })?,
            _ if opposite => lookup::is_not_true(expression(lookup)?),
            _ => expression(lookup)?,
        };
        Ok(matching.and(self.expressions.is_readable(field)))
    }

    fn all(&self, parts: &[ConditionTree], opposite: bool) -> Result<Accepted, ValueError> {
        let mut all = Vec::with_capacity(parts.len());
        for part in parts {
            match self.accepted(part, opposite)? {
                Accepted::Every => {}
                Accepted::None => return Ok(Accepted::None),
                Accepted::Where(condition) => all.push(condition),
            }
        }
        Ok(joined(all, BinOper::And).map_or(Accepted::Every, Accepted::Where))
    }

    fn any(&self, parts: &[ConditionTree], opposite: bool) -> Result<Accepted, ValueError> {
        let mut any = Vec::with_capacity(parts.len());
        for part in parts {
            match self.accepted(part, opposite)? {
                Accepted::Every => return Ok(Accepted::Every),
                Accepted::None => {}
                Accepted::Where(condition) => any.push(condition),
            }
        }
        Ok(joined(any, BinOper::Or).map_or(Accepted::None, Accepted::Where))
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
