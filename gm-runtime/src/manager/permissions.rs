//! The permissions of callers.

use super::Operation;

/// A rule: the callers that may use an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// Every caller, with or without credentials.
    Public,
    /// Every caller with accepted credentials.
    Authenticated,
    /// No caller, only the service's own code.
    Nobody,
}

/// The permissions of a manager: one rule for each kind of access. An operation without a rule is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permissions {
    read: Rule,
    create: Rule,
    update: Rule,
    delete: Rule,
}

impl Permissions {
    /// Rules that deny everything.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            read: Rule::Nobody,
            create: Rule::Nobody,
            update: Rule::Nobody,
            delete: Rule::Nobody,
        }
    }

    /// Sets the rule for reading rows and receiving their changes.
    #[must_use]
    pub const fn read(mut self, rule: Rule) -> Self {
        self.read = rule;
        self
    }

    /// Sets the rule for creating rows.
    #[must_use]
    pub const fn create(mut self, rule: Rule) -> Self {
        self.create = rule;
        self
    }

    /// Sets the rule for changing rows.
    #[must_use]
    pub const fn update(mut self, rule: Rule) -> Self {
        self.update = rule;
        self
    }

    /// Sets the rule for deleting rows.
    #[must_use]
    pub const fn delete(mut self, rule: Rule) -> Self {
        self.delete = rule;
        self
    }

    /// The rule of this operation.
    #[must_use]
    pub const fn rule(&self, operation: Operation) -> Rule {
        match operation {
            Operation::Filter | Operation::Detail => self.read,
            Operation::Create => self.create,
            Operation::Update => self.update,
            Operation::Delete => self.delete,
        }
    }
}
