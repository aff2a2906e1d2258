//! A 128-bit key of a query, made without serializing it.

use std::hash::{Hash, Hasher};

use siphasher::sip128::{Hasher128, SipHasher13};

/// Hashes what an answer depends on into 128 bits.
///
/// SipHash is keyed at random in each process, so that nobody who chooses queries can choose keys that collide.
#[derive(Clone)]
pub(crate) struct KeyHasher(SipHasher13);

impl KeyHasher {
    pub(crate) fn new() -> Self {
        let (first, second) = uuid::Uuid::new_v4().as_u64_pair();
        // A v4 UUID has six fixed bits; two of them make a full key.
        let (third, fourth) = uuid::Uuid::new_v4().as_u64_pair();
        Self(SipHasher13::new_with_keys(
            first ^ fourth.rotate_left(32),
            second ^ third.rotate_left(32),
        ))
    }

    /// The key of this value.
    pub(crate) fn key(&self, value: &impl Hash) -> u128 {
        let mut hasher = self.0;
        value.hash(&mut hasher);
        hasher.finish128().as_u128()
    }

    /// A hash of 64 bits, for choosing among a few slots.
    pub(crate) fn slot(&self, value: &impl Hash) -> u64 {
        let mut hasher = self.0;
        value.hash(&mut hasher);
        hasher.finish()
    }
}

impl std::fmt::Debug for KeyHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyHasher")
    }
}
