//! The durability of writes.

/// The durability of a write that was answered: which failures it survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// The write survives a loss of power. This is the default. Concurrent writes share a commit, so they share its cost.
    ///
    /// For Postgres, the server's own setting `synchronous_commit` holds.
    #[default]
    Full,
    /// The write survives the end of the process. A loss of power may lose the last writes, and does not corrupt the database.
    ///
    /// For Postgres this is `synchronous_commit = off`, with which the end of the server's process may lose them too.
    Normal,
}
