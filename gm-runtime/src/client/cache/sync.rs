//! The synchronization primitives of the cache.
//!
//! The tests compile the cache's concurrent files again, with the types of a controlled scheduler under these names. So those files
//! import the primitives from here.

pub(crate) use std::sync::atomic::{AtomicU64, Ordering};
pub(crate) use std::sync::{Mutex, MutexGuard, TryLockError};

pub(crate) use crate::detached::detached;

/// The number of slots for row ids: 32 KiB a resource. A collision of ids costs a cache miss.
pub(crate) const SLOTS: u64 = 4096;

/// Locks the mutex, also after a panic of another thread.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
