//! The parts of a rule that make the difference for a caller and a row.

use super::explanation::Reason;
use super::rule::Resolver;
use super::rule_text::{AttributeText, RuleText};
use crate::condition::{ConditionTree, Rule, RuleOperand};
use crate::query::KnownRow;

/// The row that a rule is judged with.
#[derive(Clone, Copy)]
pub(super) struct JudgedRow<'a> {
    pub(super) row: KnownRow<'a>,
    /// In an update the row as it was, or as it would be.
    pub(super) other: Option<KnownRow<'a>>,
    /// The fields that count as changed, whatever their values are.
    pub(super) changed: &'a [u16],
}

/// Finds the parts of a rule that make the difference.
pub(super) struct Explainer<'a> {
    pub(super) resolver: Resolver<'a>,
    pub(super) row: Option<JudgedRow<'a>>,
}

impl Explainer<'_> {
    /// Whether the rule, or its opposite, holds, with the parts that make the difference. `None`: it depends on the row.
    pub(super) fn explain(
        &self,
        rule: &'static Rule,
        opposite: bool,
        reasons: &mut Vec<Reason>,
    ) -> Option<bool> {
        match rule {
            Rule::Not(rule) => self.explain(rule, !opposite, reasons),
            Rule::All(rules) => self.join(rules, opposite, !opposite, reasons),
            Rule::Any(rules) => self.join(rules, opposite, opposite, reasons),
            rule => {
                let holds = self.part_holds(rule, opposite);
                reasons.push(self.reason(rule, opposite, holds));
                holds
            }
        }
    }

    /// `all`: whether all of the rules, or their opposites, must hold, and not one of them.
    fn join(
        &self,
        rules: &'static [Rule],
        opposite: bool,
        all: bool,
        reasons: &mut Vec<Reason>,
    ) -> Option<bool> {
        let parts: Vec<_> = rules
            .iter()
            .map(|rule| {
                let mut reasons = Vec::new();
                (self.explain(rule, opposite, &mut reasons), reasons)
            })
            .collect();
        // One part that does not hold decides about all, and one that holds decides about one of them.
        let decisive = Some(!all);
        let joined = if parts.iter().any(|(holds, _)| *holds == decisive) {
            decisive
        } else if parts.iter().any(|(holds, _)| holds.is_none()) {
            None
        } else {
            Some(all)
        };
        let deciding = parts.into_iter().filter(|(holds, _)| *holds == joined);
        reasons.extend(deciding.flat_map(|(_, reasons)| reasons));
        joined
    }

    fn part_holds(&self, rule: &Rule, opposite: bool) -> Option<bool> {
        match (self.resolver.condition(rule, opposite), self.row) {
            (ConditionTree::Constant(constant), _) => Some(constant),
            (_, None) => None,
            // An update decides it, and there is none.
            (_, Some(JudgedRow { other: None, .. })) if matches!(rule, Rule::Changed(_)) => None,
            (condition, Some(JudgedRow { row, other, changed })) => condition
                .with_changed(changed)
                .evaluate(row, other.unwrap_or(row)),
        }
    }

    fn reason(&self, rule: &'static Rule, opposite: bool, holds: Option<bool>) -> Reason {
        let description = self.resolver.description;
        let part = match opposite {
            true => RuleText(&Rule::Not(rule), description).to_string(),
            false => RuleText(rule, description).to_string(),
        };
        let lack = match holds {
            Some(false) => self.lack(rule, opposite),
            _ => None,
        };
        Reason { part, holds, lack }
    }

    /// What the caller lacks for a part that does not hold.
    fn lack(&self, rule: &Rule, opposite: bool) -> Option<String> {
        let lack = match rule {
            Rule::Compare {
                operand: RuleOperand::Caller(attribute),
                ..
            } => {
                let condition = self.resolver.condition(rule, opposite);
                if condition != ConditionTree::Constant(false) {
                    return None;
                }
                let attribute = AttributeText(*attribute);
                return Some(format!("the caller has no `{attribute}` that the field can hold"));
            }
            _ if opposite => return None,
            Rule::Authenticated => "the caller has no credentials",
            Rule::Admin => "the caller is no administrator",
            Rule::Group(_) => "the caller is not in the group",
            Rule::Permission(_) => "the caller does not have the permission",
            Rule::Nobody => "only the service's own code may",
            _ => return None,
        };
        Some(lack.to_owned())
    }
}
