//! The rules of a manager.

use super::Principal;
use crate::manager::Operation;

/// Whom an operation is allowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// Everybody, without credentials too.
    Public,
    /// Every caller whom a credential named.
    Authenticated,
    /// Nobody but the service's own code.
    Nobody,
}

impl Rule {
    /// Whether this caller may.
    #[must_use]
    pub fn allows(&self, principal: &Principal) -> bool {
        match self {
            Self::Public => true,
            Self::Authenticated => principal.is_authenticated(),
            Self::Nobody => false,
        }
    }
}

/// The rules of a manager, one for each kind of access. What has no rule is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permissions {
    read: Rule,
    create: Rule,
    update: Rule,
    delete: Rule,
}

impl Permissions {
    /// Everything denied.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            read: Rule::Nobody,
            create: Rule::Nobody,
            update: Rule::Nobody,
            delete: Rule::Nobody,
        }
    }

    /// Who may read rows, and be told of their changes.
    #[must_use]
    pub const fn read(mut self, rule: Rule) -> Self {
        self.read = rule;
        self
    }

    /// Who may create rows.
    #[must_use]
    pub const fn create(mut self, rule: Rule) -> Self {
        self.create = rule;
        self
    }

    /// Who may change rows.
    #[must_use]
    pub const fn update(mut self, rule: Rule) -> Self {
        self.update = rule;
        self
    }

    /// Who may delete rows.
    #[must_use]
    pub const fn delete(mut self, rule: Rule) -> Self {
        self.delete = rule;
        self
    }

    /// Whether this caller may do this.
    #[must_use]
    pub fn allow(&self, operation: Operation, principal: &Principal) -> bool {
        let rule = match operation {
            Operation::Filter | Operation::Detail => &self.read,
            Operation::Create => &self.create,
            Operation::Update => &self.update,
            Operation::Delete => &self.delete,
        };
        rule.allows(principal)
    }
}
