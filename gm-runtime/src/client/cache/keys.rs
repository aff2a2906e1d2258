//! What an answer is kept under.

/// What an answer depends on besides the question: hashed, it is what keys are made with.
#[derive(Hash)]
pub(crate) struct Scope {
    /// Which manager of which handle, and in which form.
    manager: u64,
    /// Who asks: owners show different callers different rows.
    credentials: u128,
}

impl Scope {
    pub(crate) fn new(manager: u64, caller: u128) -> Self {
        Self {
            manager,
            credentials: guard!("credentials in the key", caller, 0),
        }
    }
}

/// Makes the keys of one manager's answers to one caller.
#[derive(Clone, Copy)]
pub(crate) struct Keys {
    scope: u128,
}

impl Keys {
    /// Both hashes must be keyed by the same secret.
    pub(crate) fn new(scope_hash: u128) -> Self {
        Self { scope: scope_hash }
    }

    /// The key of the answer to the question of this hash. Nobody can choose either hash, so that two keys meet by chance
    /// alone.
    pub(crate) fn key(self, question_hash: u128) -> u128 {
        self.scope ^ question_hash
    }
}
