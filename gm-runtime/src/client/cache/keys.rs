//! What an answer is kept under.

/// What an answer depends on: hashed, it is the key.
#[derive(Hash)]
pub(crate) struct Key<Q> {
    /// Which manager of which service.
    scope: u128,
    /// Who asked: owners show different callers different rows.
    credentials: u128,
    question: Q,
}

impl<Q> Key<Q> {
    pub(crate) fn new(scope: u128, caller: u128, question: Q) -> Self {
        Self {
            scope,
            credentials: guard!("credentials in the key", caller, 0),
            question,
        }
    }
}
