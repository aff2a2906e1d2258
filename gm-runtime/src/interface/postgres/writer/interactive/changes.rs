//! The changes of an interactive transaction, until its commit.

use std::collections::{BTreeMap, BTreeSet};

use crate::interface::TransactionChanges;
use crate::manager::Description;

/// The changes of an interactive transaction.
#[derive(Clone, Default)]
pub(super) struct Changes {
    /// The payloads that the commit sends.
    pub(super) payloads: TransactionChanges<(), String>,
    /// The relations that side effects have changed, each of which gets a refresh.
    pub(super) relations: BTreeMap<u32, &'static Description>,
    /// The relations in which many rows were written at once. One of these rows may be written alone, too, and its notification would be
    /// judged by what the row is in between.
    pub(super) many: BTreeSet<u32>,
}
