//! The permissions of callers.

use super::Operation;
use crate::condition::{CallerAttribute, Rule};

/// The permissions of a manager: a rule for each kind of access. An operation without a rule is denied.
#[derive(Clone, Copy, Debug)]
pub struct Permissions {
    read: Rule,
    create: Rule,
    update_before: Rule,
    update_after: Rule,
    delete: Rule,
}

impl Permissions {
    /// Rules that deny everything.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            read: Rule::Nobody,
            create: Rule::Nobody,
            update_before: Rule::Nobody,
            update_after: Rule::Nobody,
            delete: Rule::Nobody,
        }
    }

    /// Sets the rule for reading rows and receiving their changes.
    #[must_use]
    pub const fn read(mut self, rule: Rule) -> Self {
        self.read = rule;
        self
    }

    /// Sets the rule for creating rows. It is judged on the new row.
    #[must_use]
    pub const fn create(mut self, rule: Rule) -> Self {
        self.create = rule;
        self
    }

    /// Sets the rule for changing rows. It is judged on the row before the update, and on the row after it.
    #[must_use]
    pub const fn update(mut self, rule: Rule) -> Self {
        self.update_before = rule;
        self.update_after = rule;
        self
    }

    /// Sets the rules for changing rows: one for the row before the update, and one for the row after it.
    #[must_use]
    pub const fn update_of(mut self, before: Rule, after: Rule) -> Self {
        self.update_before = before;
        self.update_after = after;
        self
    }

    /// Sets the rule for deleting rows.
    #[must_use]
    pub const fn delete(mut self, rule: Rule) -> Self {
        self.delete = rule;
        self
    }

    /// The rule for the rows of this operation as they are stored. For a create, which has none, it is that of the new row.
    #[must_use]
    pub const fn rule(&self, operation: Operation) -> &Rule {
        match operation {
            Operation::Filter | Operation::Detail => &self.read,
            Operation::Create => &self.create,
            Operation::Update => &self.update_before,
            Operation::Delete => &self.delete,
        }
    }

    /// Whether a rule depends on the row, so that a write is judged with the row that is stored.
    pub(crate) fn depend_on_row(&self) -> bool {
        let rules = [
            &self.read,
            &self.create,
            &self.update_before,
            &self.update_after,
            &self.delete,
        ];
        rules.into_iter().any(Rule::depends_on_row)
    }

    /// The rule for the row after an update.
    #[must_use]
    pub const fn rule_after_update(&self) -> &Rule {
        &self.update_after
    }
}

/// Who may read and write a field, and what the framework fills in. The rules depend on the caller alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldPermissions {
    pub(super) read: Rule,
    pub(super) create: Rule,
    pub(super) update: Rule,
    pub(super) preset: Option<CallerAttribute>,
    pub(super) preset_on_update: Option<CallerAttribute>,
}

impl FieldPermissions {
    /// Every caller of the operation.
    pub(super) const fn public() -> Self {
        Self {
            read: Rule::Public,
            create: Rule::Public,
            update: Rule::Public,
            preset: None,
            preset_on_update: None,
        }
    }
}
