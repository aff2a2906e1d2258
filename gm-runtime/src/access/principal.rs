//! The caller of a request.

use std::sync::Arc;

/// The caller of a request: anonymous, or named by a credential.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Principal {
    name: Option<Arc<str>>,
}

impl Principal {
    /// A caller without credentials.
    #[must_use]
    pub fn anonymous() -> Self {
        Self { name: None }
    }

    /// A caller whom a credential named.
    #[must_use]
    pub fn named(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: Some(name.into()),
        }
    }

    /// The caller's name; absent for an anonymous one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Whether a credential named the caller.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        self.name.is_some()
    }
}
