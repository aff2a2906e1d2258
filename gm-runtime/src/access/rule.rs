//! The evaluation of a manager's rules.

use crate::manager::{Operation, Permissions, Rule};
use crate::principal::Principal;

impl Rule {
    /// Whether the rule allows this caller.
    #[must_use]
    pub fn allows(&self, principal: &Principal) -> bool {
        match self {
            Self::Public => true,
            Self::Authenticated => principal.is_authenticated(),
            Self::Nobody => false,
        }
    }
}

impl Permissions {
    /// Whether the rules allow this caller the operation.
    #[must_use]
    pub fn allow(&self, operation: Operation, principal: &Principal) -> bool {
        self.rule(operation).allows(principal)
    }
}
