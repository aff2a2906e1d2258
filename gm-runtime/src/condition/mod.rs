//! Conditions on the rows of a manager, and the rules that make conditions of a caller.

mod equalities;
mod lookup;
mod rule;
mod tree;

pub use lookup::{ConditionTree, Lookup, Operand, Operator, RelatedLookup};
pub use rule::{CallerAttribute, Rule, RuleOperand, RuleOperator};
