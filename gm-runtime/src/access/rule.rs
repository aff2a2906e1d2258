//! The evaluation of a rule for a caller.

use std::sync::Arc;

use crate::condition::{
    CallerAttribute, ConditionTree, Lookup, Operand, Operator, Rule, RuleOperand, RuleOperator,
};
use crate::field::{FieldType as _, Value, ValueType};
use crate::json::View;
use crate::manager::{Description, FieldDescription, Purpose};
use crate::principal::Principal;
use crate::protocol::values;

/// What a rule allows a caller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Access {
    /// Every row.
    Always,
    /// No row.
    Never,
    /// The rows that meet this condition.
    Rows(Arc<ConditionTree>),
}

impl Access {
    /// The condition that the rows must meet. `None` if every row does.
    pub(crate) fn condition(&self) -> Option<Arc<ConditionTree>> {
        match self {
            Self::Always => None,
            Self::Never => Some(Arc::new(ConditionTree::Constant(false))),
            Self::Rows(condition) => Some(Arc::clone(condition)),
        }
    }
}

impl Rule {
    /// What the rule allows this caller. A rule that does not depend on the row is evaluated without an allocation.
    pub(crate) fn access(&self, principal: &Principal, description: &'static Description) -> Access {
        let allowed = match self {
            Self::Public => true,
            Self::Authenticated => principal.is_authenticated(),
            Self::Nobody => false,
            rule if !rule.depends_on_row() => rule.allows(principal),
            rule => {
                let resolver = Resolver {
                    principal,
                    description,
                };
                match resolver.condition(rule, false) {
                    ConditionTree::Constant(constant) => constant,
                    condition => return Access::Rows(Arc::new(condition)),
                }
            }
        };
        if allowed { Access::Always } else { Access::Never }
    }

    /// Whether a rule that does not depend on the row allows this caller. One that depends on the row allows no caller.
    pub(crate) fn allows(&self, principal: &Principal) -> bool {
        match self {
            Self::Public => true,
            Self::Authenticated => principal.is_authenticated(),
            Self::Admin => principal.is_admin(),
            Self::Group(group) => principal.is_in_group(group),
            Self::Permission(permission) => principal.has_permission(permission),
            Self::All(rules) => rules.iter().all(|rule| rule.allows(principal)),
            Self::Any(rules) => rules.iter().any(|rule| rule.allows(principal)),
            Self::Not(rule) => !rule.depends_on_row() && !rule.allows(principal),
            _ => false,
        }
    }
}

/// Makes the condition of a caller.
///
/// A `!` is moved down to the comparisons: `!(a == b | c)` becomes `a != b & !c`. So a comparison with an attribute that
/// the caller does not have is false, and the opposite of the comparison is false too. No rule is met because a claim is
/// missing.
pub(super) struct Resolver<'p> {
    pub(super) principal: &'p Principal,
    pub(super) description: &'static Description,
}

impl Resolver<'_> {
    /// The condition of a rule, or of its opposite.
    pub(super) fn condition(&self, rule: &Rule, opposite: bool) -> ConditionTree {
        match rule {
            Rule::Not(rule) => self.condition(rule, !opposite),
            Rule::All(rules) if opposite => self.any(rules, true),
            Rule::Any(rules) if opposite => self.all(rules, true),
            Rule::All(rules) => self.all(rules, false),
            Rule::Any(rules) => self.any(rules, false),
            Rule::Compare {
                field,
                operator,
                operand,
            } => self.comparison(*field, *operator, operand, opposite),
            Rule::IsNull(field) => negated(lookup(*field, Operator::IsNull, Operand::Flag(true)), opposite),
            Rule::Changed(field) => negated(ConditionTree::Changed(*field), opposite),
            Rule::Own { path, condition } => match self.own_condition(path, condition(self.principal)) {
                Some(condition) => negated(condition, opposite),
                None => ConditionTree::Constant(false),
            },
            rule => ConditionTree::Constant(rule.allows(self.principal) != opposite),
        }
    }

    /// Whether a rule, or its opposite, can accept a row of some values. A rule of the application's own may accept one, and is
    /// not called.
    pub(super) fn may_hold(&self, rule: &Rule, opposite: bool) -> bool {
        match rule {
            Rule::Not(rule) => self.may_hold(rule, !opposite),
            Rule::All(rules) if !opposite => rules.iter().all(|rule| self.may_hold(rule, false)),
            Rule::Any(rules) if opposite => rules.iter().all(|rule| self.may_hold(rule, true)),
            Rule::All(rules) | Rule::Any(rules) => rules.iter().any(|rule| self.may_hold(rule, opposite)),
            Rule::Compare {
                field,
                operator,
                operand,
            } => self.operand(*field, *operator, operand, opposite).is_some(),
            Rule::IsNull(_) | Rule::Changed(_) | Rule::Own { .. } => true,
            rule => rule.allows(self.principal) != opposite,
        }
    }

    /// The condition that a rule of the application's own made. `None` for one that can't be evaluated: neither the rule nor
    /// its opposite allows a row then.
    fn own_condition(&self, rule: &str, condition: ConditionTree) -> Option<ConditionTree> {
        match self.description.normalize_condition(condition) {
            Ok(condition) => Some(condition),
            Err(error) => {
                let manager = self.description.name();
                tracing::warn!(
                    manager,
                    rule,
                    "a rule of the application's own made a condition that can't be evaluated, and allows no row: {error}"
                );
                None
            }
        }
    }

    fn all(&self, rules: &[Rule], opposite: bool) -> ConditionTree {
        let conditions = rules.iter().map(|rule| self.condition(rule, opposite));
        conditions.fold(ConditionTree::Constant(true), ConditionTree::and)
    }

    fn any(&self, rules: &[Rule], opposite: bool) -> ConditionTree {
        let conditions = rules.iter().map(|rule| self.condition(rule, opposite));
        conditions.fold(ConditionTree::Constant(false), ConditionTree::or)
    }

    fn comparison(
        &self,
        field: u16,
        operator: RuleOperator,
        operand: &RuleOperand,
        opposite: bool,
    ) -> ConditionTree {
        let Some(operand) = self.operand(field, operator, operand, opposite) else {
            return ConditionTree::Constant(false);
        };
        let (operator, is_opposite) = match operator {
            RuleOperator::Equal => (Operator::Exact, false),
            RuleOperator::NotEqual => (Operator::Exact, true),
            RuleOperator::Less => (Operator::Lt, false),
            RuleOperator::LessOrEqual => (Operator::Lte, false),
            RuleOperator::Greater => (Operator::Gt, false),
            RuleOperator::GreaterOrEqual => (Operator::Gte, false),
            RuleOperator::In => (Operator::In, false),
        };
        negated(lookup(field, operator, operand), opposite != is_opposite)
    }

    /// What a field is compared with. `None` if the caller has no such value or list.
    fn operand(
        &self,
        field: u16,
        operator: RuleOperator,
        operand: &RuleOperand,
        opposite: bool,
    ) -> Option<Operand> {
        match operator {
            RuleOperator::In => self.list(field, operand, opposite).map(Operand::List),
            _ => self.value(field, operand).map(Operand::Value),
        }
    }

    /// The value that a field is compared with. `None` if the caller has none of the field's type.
    fn value(&self, field: u16, operand: &RuleOperand) -> Option<Value> {
        let description = self.description.field(field);
        match operand {
            RuleOperand::Value(value) => normalized(description, value()),
            RuleOperand::Values(_) => None,
            RuleOperand::Caller(attribute) => caller_value(description, *attribute, self.principal),
        }
    }

    /// The values that a field is compared with. `None` if the caller has no list.
    ///
    /// Members of another type are left out, since no row has their value. The opposite of a list with such a member is not
    /// known: the list names a value that rows must not have, and does not tell which.
    fn list(&self, field: u16, operand: &RuleOperand, opposite: bool) -> Option<Vec<Value>> {
        let description = self.description.field(field);
        match operand {
            RuleOperand::Value(_) => None,
            RuleOperand::Values(values) => {
                let values = values().into_iter();
                Some(
                    values
                        .filter_map(|value| normalized(description, value))
                        .collect(),
                )
            }
            RuleOperand::Caller(CallerAttribute::Name) => None,
            RuleOperand::Caller(CallerAttribute::Groups) => self.principal.is_authenticated().then(|| {
                let groups = self.principal.groups();
                groups
                    .filter_map(|group| normalized(description, Value::Text(group.to_owned())))
                    .collect()
            }),
            RuleOperand::Caller(CallerAttribute::Claim(name)) => {
                let members = self.principal.claim(name)?.as_array()?;
                let values = members.iter().map(|member| claim_value(description, member));
                match opposite {
                    true => values.collect(),
                    false => Some(values.flatten().collect()),
                }
            }
        }
    }
}

/// The caller's attribute as a value of this field. `None` if the caller has none that the field can hold.
pub(super) fn caller_value(
    field: &'static FieldDescription,
    attribute: CallerAttribute,
    principal: &Principal,
) -> Option<Value> {
    match attribute {
        CallerAttribute::Name => {
            let name = principal.name()?;
            match field.value_type() {
                // One spelling alone, so that callers of different names are never the same owner.
                ValueType::Uuid => {
                    let id = uuid::Uuid::try_parse(name).ok()?;
                    let is_canonical =
                        *id.hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer()) == *name;
                    is_canonical.then(|| normalized(field, id.into_value()))?
                }
                _ => normalized(field, Value::Text(name.to_owned())),
            }
        }
        CallerAttribute::Groups => None,
        CallerAttribute::Claim(name) => claim_value(field, principal.claim(name)?),
    }
}

fn claim_value(field: &'static FieldDescription, claim: &serde_json::Value) -> Option<Value> {
    let value = match (field.value_type(), View::of(claim)) {
        (ValueType::Json, _) => Value::Json(Box::new(claim.clone())),
        (value_type, Some(view)) => values::read_view(view, value_type).ok()?,
        (_, None) => return None,
    };
    normalized(field, value)
}

/// The value in the form that storage gives. `None` for null, and for a value that the field can't hold.
fn normalized(field: &'static FieldDescription, value: Value) -> Option<Value> {
    let value = field.normalize(value, Purpose::Compare).ok()?;
    (!value.is_null()).then_some(value)
}

fn lookup(field: u16, operator: Operator, operand: Operand) -> ConditionTree {
    ConditionTree::Lookup(Lookup {
        field,
        operator,
        operand,
    })
}

fn negated(condition: ConditionTree, opposite: bool) -> ConditionTree {
    if opposite { !condition } else { condition }
}
