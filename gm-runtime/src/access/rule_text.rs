//! The text of a rule, as an attribute has it.

use std::fmt;

use crate::condition::{CallerAttribute, Rule, RuleOperand, RuleOperator};
use crate::field::Value;
use crate::manager::Description;
use crate::protocol::values;

/// A rule of this manager as text.
pub(super) struct RuleText<'a>(pub(super) &'a Rule, pub(super) &'a Description);

impl fmt::Display for RuleText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(rule, description) = self;
        let name = |field: u16| description.field(field).ident();
        match rule {
            Rule::Public => f.write_str("public"),
            Rule::Authenticated => f.write_str("authenticated"),
            Rule::Nobody => f.write_str("nobody"),
            Rule::Admin => f.write_str("admin"),
            Rule::Group(group) => write!(f, "group({group:?})"),
            Rule::Permission(permission) => write!(f, "permission({permission:?})"),
            Rule::Compare {
                field,
                operator,
                operand,
            } => {
                write!(f, "{} {} ", name(*field), symbol(*operator))?;
                write_operand(f, operand)
            }
            Rule::IsNull(field) => write!(f, "is_null({})", name(*field)),
            Rule::Changed(field) => write!(f, "changed({})", name(*field)),
            Rule::Own { path, .. } => f.write_str(path),
            Rule::All(rules) => self.write_all(f, rules, " & "),
            Rule::Any(rules) => self.write_all(f, rules, " | "),
            Rule::Not(rule) => {
                f.write_str("!")?;
                match rule {
                    Rule::Compare { .. } => write!(f, "({})", Self(rule, description)),
                    rule => self.write_part(f, rule),
                }
            }
        }
    }
}

impl RuleText<'_> {
    fn write_all(&self, f: &mut fmt::Formatter<'_>, rules: &[Rule], separator: &str) -> fmt::Result {
        for (place, rule) in rules.iter().enumerate() {
            if place > 0 {
                f.write_str(separator)?;
            }
            self.write_part(f, rule)?;
        }
        Ok(())
    }

    /// A part of a rule, in parentheses if it has parts itself.
    fn write_part(&self, f: &mut fmt::Formatter<'_>, rule: &Rule) -> fmt::Result {
        let text = RuleText(rule, self.1);
        match rule {
            Rule::All(_) | Rule::Any(_) => write!(f, "({text})"),
            _ => write!(f, "{text}"),
        }
    }
}

const fn symbol(operator: RuleOperator) -> &'static str {
    match operator {
        RuleOperator::Equal => "==",
        RuleOperator::NotEqual => "!=",
        RuleOperator::Less => "<",
        RuleOperator::LessOrEqual => "<=",
        RuleOperator::Greater => ">",
        RuleOperator::GreaterOrEqual => ">=",
        RuleOperator::In => "in",
    }
}

fn write_operand(f: &mut fmt::Formatter<'_>, operand: &RuleOperand) -> fmt::Result {
    match operand {
        RuleOperand::Value(value) => f.write_str(&literal(&value())),
        RuleOperand::Values(values) => {
            let values: Vec<_> = values().iter().map(literal).collect();
            write!(f, "[{}]", values.join(", "))
        }
        RuleOperand::Caller(attribute) => write!(f, "{}", AttributeText(*attribute)),
    }
}

fn literal(value: &Value) -> String {
    let mut json = Vec::new();
    values::write(value, &mut json);
    String::from_utf8_lossy(&json).into_owned()
}

/// An attribute of the caller as text.
pub(super) struct AttributeText(pub(super) CallerAttribute);

impl fmt::Display for AttributeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            CallerAttribute::Name => f.write_str("caller.name"),
            CallerAttribute::Groups => f.write_str("caller.groups"),
            CallerAttribute::Claim(name) => write!(f, "caller.claim({name:?})"),
        }
    }
}
