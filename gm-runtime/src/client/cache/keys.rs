//! The keys of cache entries.

/// What an answer depends on besides the query: the part of its key that all queries of a manager share.
#[derive(Hash)]
pub(crate) struct Scope {
    /// Identifies the manager, its handle and the representation of its answers.
    manager: u64,
    /// A hash of the credentials. An owner may show different rows to different callers.
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

/// Makes the keys of one manager's answers for one caller.
#[derive(Clone, Copy)]
pub(crate) struct Keys {
    scope: u128,
}

impl Keys {
    /// The hash must use the same secret as the hashes of the queries.
    pub(crate) fn new(scope_hash: u128) -> Self {
        Self { scope: scope_hash }
    }

    /// The key for the query with this hash. The hashes are secret, so an attacker can't cause a collision.
    pub(crate) fn key(self, query_hash: u128) -> u128 {
        self.scope ^ query_hash
    }
}
