//! The changes of an interactive transaction, until its commit.

use std::collections::BTreeMap;

use crate::interface::TransactionChanges;
use crate::manager::Description;

/// The changes of an interactive transaction.
#[derive(Clone, Default)]
pub(super) struct Changes {
    /// The payloads that the commit sends.
    pub(super) payloads: TransactionChanges<(), String>,
    /// The relations that side effects have changed, each of which gets a refresh.
    pub(super) relations: BTreeMap<u32, &'static Description>,
}
