//! The locks of tables with which a transaction begins.

use crate::manager::Description;

/// The tables that the deletions of a transaction may change, and whether others write them meanwhile.
#[derive(Clone, Default)]
pub(crate) struct TableLocks {
    /// The managers of the tables, in the order in which every transaction locks them.
    pub(crate) managers: Vec<&'static Description>,
    /// Whether other writes wait for the end of the transaction, since earlier attempts were in conflict with them.
    pub(crate) excludes_writes: bool,
}
