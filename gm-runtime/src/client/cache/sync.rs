//! What the cache's concurrent parts are made of.
//!
//! The tests compile `validity`, `lease`, `flights`, `recent_entries`, `reads` and `writes` again with a controlled scheduler's
//! types under these names, so those files take theirs from here.

pub(crate) use std::sync::atomic::{AtomicU64, Ordering};
pub(crate) use std::sync::{Mutex, MutexGuard, TryLockError};

pub(crate) use crate::detached::detached;

/// Ids are hashed to this many slots: constant memory (32 KiB a resource), and a collision costs a miss.
pub(crate) const SLOTS: u64 = 4096;
