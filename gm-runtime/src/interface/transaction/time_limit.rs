//! The time limit of a transaction.

use std::time::Duration;

/// The time of a transaction from its first verb to its commit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TransactionTimeLimit(pub(crate) Duration);

impl Default for TransactionTimeLimit {
    fn default() -> Self {
        Self(Duration::from_secs(5))
    }
}
