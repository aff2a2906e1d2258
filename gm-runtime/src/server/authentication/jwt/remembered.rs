//! The verified tokens that are remembered.

use std::collections::{HashMap, VecDeque};
use std::hash::Hasher;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use siphasher::sip128::{Hasher128, SipHasher24};
use uuid::Uuid;

use crate::access::Principal;

/// The most tokens that are remembered. An entry takes some hundred bytes, and the claims of its token.
const MAX_TOKENS: usize = 10_000;
const SHARDS: usize = 16;

/// Verified tokens and their principals, by a keyed hash, whose key is random in each process.
///
/// A caller can't find two tokens with the same hash without the key, so the tokens themselves are not stored.
pub(super) struct Remembered {
    key: [u8; 16],
    /// Several, so that the threads of a server seldom wait for each other.
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Default)]
struct Shard {
    tokens: HashMap<u128, Entry>,
    /// The hashes in the order of their insertion. The oldest one is forgotten first.
    order: VecDeque<u128>,
    /// How often tokens were forgotten.
    forgotten: u64,
}

/// A verified token.
pub(super) struct Entry {
    pub(super) principal: Principal,
    /// When the token is verified anew.
    pub(super) until: SystemTime,
    /// The issuer, and how often a key of it had disappeared.
    pub(super) issuer: usize,
    pub(super) removals: u64,
}

/// The place of a token, taken before its verification.
pub(super) struct Place {
    hash: u128,
    forgotten: u64,
}

impl Remembered {
    pub(super) fn new() -> Self {
        Self {
            key: Uuid::new_v4().into_bytes(),
            shards: Default::default(),
        }
    }

    fn shard(&self, hash: u128) -> Option<MutexGuard<'_, Shard>> {
        let index = usize::try_from(hash % SHARDS as u128).ok()?;
        let shard = self.shards.get(index)?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The principal of this token if it is remembered, and otherwise the place where it will be.
    pub(super) fn find(&self, token: &str, removals: impl Fn(usize) -> u64) -> Result<Principal, Place> {
        let mut hasher = SipHasher24::new_with_key(&self.key);
        hasher.write(token.as_bytes());
        let hash = hasher.finish128().as_u128();
        let Some(shard) = self.shard(hash) else {
            return Err(Place { hash, forgotten: 0 });
        };
        let forgotten = shard.forgotten;
        let known = shard
            .tokens
            .get(&hash)
            .filter(|entry| entry.until > SystemTime::now());
        let known = known.map(|entry| (entry.principal.clone(), entry.issuer, entry.removals));
        drop(shard);
        known
            .filter(|(_, issuer, then)| removals(*issuer) == *then)
            .map(|(principal, ..)| principal)
            .ok_or(Place { hash, forgotten })
    }

    /// Remembers a token, unless tokens were forgotten since its place was taken.
    pub(super) fn insert(&self, place: &Place, entry: Entry) {
        let Some(mut shard) = self.shard(place.hash) else {
            return;
        };
        if shard.forgotten != place.forgotten {
            return;
        }
        if shard.tokens.insert(place.hash, entry).is_none() {
            shard.order.push_back(place.hash);
        }
        while shard.order.len() > MAX_TOKENS / SHARDS {
            let oldest = shard.order.pop_front();
            oldest.and_then(|oldest| shard.tokens.remove(&oldest));
        }
    }

    /// Forgets the tokens of this principal.
    pub(super) fn forget(&self, name: &str) {
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.forgotten = shard.forgotten.wrapping_add(1);
            let Shard { tokens, order, .. } = &mut *shard;
            tokens.retain(|_, entry| entry.principal.name() != Some(name));
            order.retain(|hash| tokens.contains_key(hash));
        }
    }
}

/// The earlier of a token's end, and of the time after which it is verified anew.
pub(super) fn until(ends_at: SystemTime, max_age: Duration) -> SystemTime {
    let latest = SystemTime::now().checked_add(max_age).unwrap_or(ends_at);
    ends_at.min(latest)
}
