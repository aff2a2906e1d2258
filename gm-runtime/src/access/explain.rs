//! Explains what the rules decide about a caller.

use super::Managed;
use super::explainer::{Explainer, JudgedRow};
use super::explanation::{Decision, Explanation, Reason};
use super::rule::Resolver;
use super::rule_text::RuleText;
use crate::condition::Rule;
use crate::error::Error;
use crate::field::Value;
use crate::interface::{GuardRule, RefusedWrite};
use crate::manager::{Operation, Purpose, Record};
use crate::principal::Principal;

impl Managed {
    /// What the rules decide about an operation of this caller, on the row of this id if one is given.
    pub(crate) async fn explain(
        &self,
        principal: &Principal,
        operation: Operation,
        id: Option<Value>,
    ) -> Result<Explanation, Error> {
        self.require_rules(Some(principal))?;
        let row = match id {
            None => None,
            Some(id) => {
                let id = self.description.id_field().normalize(id, Purpose::Compare);
                let id = id.map_err(|error| self.description.invalid(self.description.id_index(), error))?;
                match self.stored_row(&id).await? {
                    Some(row) => Some(row),
                    None => return Ok(self.explanation(operation, Decision::NotFound, None, Vec::new())),
                }
            }
        };
        Ok(self.decide(principal, operation, row.as_ref()))
    }

    /// What the rules decide, from the caller alone where there is no row.
    pub(super) fn decide(
        &self,
        principal: &Principal,
        operation: Operation,
        row: Option<&Record>,
    ) -> Explanation {
        let permissions = self.description.permissions();
        let row = row.map(|row| JudgedRow {
            row: row.into(),
            other: None,
            changed: &[],
        });
        let mut judged = Vec::new();
        let read = permissions.rule(Operation::Detail);
        if matches!(operation, Operation::Update | Operation::Delete) && self.description.has_row_rule() {
            judged.push(("read", read, row));
        }
        match operation {
            Operation::Filter | Operation::Detail => judged.push(("read", read, row)),
            Operation::Create => judged.push(("create", permissions.rule(operation), None)),
            Operation::Update => {
                let [before, after] = self.rules_of_update();
                judged.push((before.0, before.1, row));
                // The row after the update is not known.
                judged.push((after.0, after.1, None));
            }
            Operation::Delete => judged.push(("delete", permissions.rule(operation), row)),
        }
        let mut undecided = None;
        let mut allowed = None;
        for (name, rule, row) in judged {
            let (holds, reasons) = self.judge_parts(principal, rule, row);
            let text = (name, self.text(rule));
            match holds {
                Some(true) => allowed = Some((text, reasons)),
                Some(false) => {
                    let is_sight = name == "read" && row.is_some() && rule.depends_on_row();
                    let decision = match is_sight {
                        true => Decision::OutOfSight,
                        false => Decision::Denied,
                    };
                    return self.explanation(operation, decision, Some(text), reasons);
                }
                None => undecided = Some((text, reasons)),
            }
        }
        let (decision, rule) = match undecided {
            Some(rule) => (Decision::DependsOnRow, Some(rule)),
            None => (Decision::Allowed, allowed),
        };
        let (rule, reasons) = rule.unzip();
        self.explanation(operation, decision, rule, reasons.unwrap_or_default())
    }

    /// What the rule decided that refused a write, with the rows of that moment. `changed`: the fields that counted as changed.
    pub(super) fn decide_refused(
        &self,
        principal: &Principal,
        operation: Operation,
        write: &RefusedWrite,
        changed: &[u16],
    ) -> Explanation {
        let [before, after] = self.rules_of_update();
        let (name, rule) = match (operation, write.rule) {
            (Operation::Update, GuardRule::Before) => before,
            (Operation::Update, GuardRule::After) => after,
            (operation, _) => {
                let rule = self.description.permissions().rule(operation);
                (operation.name(), rule)
            }
        };
        let row = JudgedRow {
            row: write.row(),
            other: write.other(),
            changed,
        };
        let (_, reasons) = self.judge_parts(principal, rule, Some(row));
        let rule = Some((name, self.text(rule)));
        self.explanation(operation, Decision::Denied, rule, reasons)
    }

    /// What the rule of a field decides about the caller. `name`: that of the rule in the attribute.
    pub(super) fn decide_field(
        &self,
        principal: &Principal,
        operation: Operation,
        (name, rule): (&'static str, &'static Rule),
    ) -> Explanation {
        let (holds, reasons) = self.judge_parts(principal, rule, None);
        let decision = match holds {
            Some(true) => Decision::Allowed,
            _ => Decision::Denied,
        };
        self.explanation(operation, decision, Some((name, self.text(rule))), reasons)
    }

    /// Whether a rule holds, with the parts that make the difference.
    fn judge_parts(
        &self,
        principal: &Principal,
        rule: &'static Rule,
        row: Option<JudgedRow<'_>>,
    ) -> (Option<bool>, Vec<Reason>) {
        let explainer = Explainer {
            resolver: Resolver {
                principal,
                description: self.description,
            },
            row,
        };
        let mut reasons = Vec::new();
        let holds = explainer.explain(rule, false, &mut reasons);
        (holds, reasons)
    }

    /// The rules for the row before and after an update, with their names in the attribute.
    fn rules_of_update(&self) -> [(&'static str, &'static Rule); 2] {
        let permissions = self.description.permissions();
        let (before, after) = (
            permissions.rule(Operation::Update),
            permissions.rule_after_update(),
        );
        match self.text(before) == self.text(after) {
            true => [("update", before), ("update", after)],
            false => [("update(before)", before), ("update(after)", after)],
        }
    }

    /// Whether the caller may do this. What depends on a row that is not given, or on new values, counts as allowed.
    pub(crate) async fn may(
        &self,
        principal: &Principal,
        operation: Operation,
        id: Option<Value>,
    ) -> Result<bool, Error> {
        let decision = self.explain(principal, operation, id).await?.decision();
        Ok(matches!(decision, Decision::Allowed | Decision::DependsOnRow))
    }

    /// The rule as an attribute has it.
    pub(super) fn text(&self, rule: &Rule) -> String {
        RuleText(rule, self.description).to_string()
    }

    fn explanation(
        &self,
        operation: Operation,
        decision: Decision,
        rule: Option<(&'static str, String)>,
        reasons: Vec<Reason>,
    ) -> Explanation {
        Explanation {
            manager: self.description.name(),
            operation,
            decision,
            rule,
            reasons,
        }
    }
}
