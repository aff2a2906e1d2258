//! The state of the callers of one rate limit.

use std::sync::{Mutex, PoisonError};

use governor::nanos::Nanos;
use governor::state::StateStore;

/// The number of buckets of a table.
const BUCKETS: usize = 8_192;
/// The number of callers in a bucket.
const WAYS: usize = 8;

/// The state of 65,536 callers, in 1.6 MiB that are allocated at once.
///
/// The state of a caller is the time at which its quota will be unused again (the theoretical arrival time of the generic cell
/// rate algorithm). A new caller takes the place of the one whose time is the earliest. That one has used the least, and
/// usually nothing. So a flood of addresses forgets no caller who is over the limit, and nothing has to be cleaned up.
pub(super) struct Table {
    buckets: Box<[Mutex<Bucket>]>,
}

#[derive(Clone, Copy, Default)]
struct Bucket([Entry; WAYS]);

/// The halves of a key, and a time. Halves, since a `u128` would be aligned to more bytes.
#[derive(Clone, Copy, Default)]
struct Entry {
    key: [u64; 2],
    unused_at: u64,
}

impl Table {
    pub(super) fn new() -> Self {
        Self {
            buckets: (0..BUCKETS).map(|_| Mutex::default()).collect(),
        }
    }

    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        size_of_val(&*self.buckets)
    }
}

impl StateStore for Table {
    type Key = u128;

    fn measure_and_replace<T, F, E>(&self, key: &u128, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let (high, low) = ((key >> 64) as u64, *key as u64);
        let index = usize::try_from(low % BUCKETS as u64).unwrap_or_default();
        let Some(bucket) = self.buckets.get(index) else {
            return decide(None).map(|(allowed, _)| allowed);
        };
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let Bucket(entries) = &mut *bucket;
        if let Some(entry) = entries.iter_mut().find(|entry| entry.key == [high, low]) {
            let (allowed, unused_at) = decide(Some(entry.unused_at.into()))?;
            entry.unused_at = unused_at.into();
            return Ok(allowed);
        }
        let (allowed, unused_at) = decide(None)?;
        if let Some(entry) = entries.iter_mut().min_by_key(|entry| entry.unused_at) {
            *entry = Entry {
                key: [high, low],
                unused_at: unused_at.into(),
            };
        }
        Ok(allowed)
    }
}
