//! The verified tokens that are remembered.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::access::Principal;
use crate::server::authentication::presented_token::PresentedToken;

/// The most tokens that are remembered.
const MAX_TOKENS: usize = 10_000;
/// About the most bytes that the remembered tokens take. The claims of one take some hundred bytes to half a megabyte.
const MAX_MEMORY: usize = 64 * 1024 * 1024;
/// The bytes of an entry besides its claims.
const ENTRY: usize = 512;
const SHARDS: usize = 16;

/// Verified tokens and their principals, by the keyed hash of the tokens.
///
/// A caller can't find two tokens with the same hash, so the tokens themselves are not stored.
pub(super) struct Remembered {
    /// Several, so that the threads of a server seldom wait for each other.
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Default)]
struct Shard {
    tokens: HashMap<u128, Entry>,
    /// The hashes in the order of their insertion. The oldest one is forgotten first.
    order: VecDeque<u128>,
    /// About how many bytes the tokens take.
    memory: usize,
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
    /// About how many bytes the claims take.
    pub(super) memory: usize,
}

impl Entry {
    /// About how many bytes the entry takes. Groups and permissions are claims that are held twice.
    fn memory(&self) -> usize {
        self.memory.saturating_mul(2).saturating_add(ENTRY)
    }
}

/// The place of a token, taken before its verification.
pub(super) struct Place {
    hash: u128,
    forgotten: u64,
}

impl Remembered {
    pub(super) fn new() -> Self {
        Self {
            shards: Default::default(),
        }
    }

    fn shard(&self, hash: u128) -> Option<MutexGuard<'_, Shard>> {
        let index = usize::try_from(hash % SHARDS as u128).ok()?;
        let shard = self.shards.get(index)?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The principal of this token if it is remembered, and otherwise the place where it will be.
    pub(super) fn find(
        &self,
        token: &PresentedToken<'_>,
        removals: impl Fn(usize) -> u64,
    ) -> Result<Principal, Place> {
        let hash = token.keyed_hash();
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
        shard.memory = shard.memory.saturating_add(entry.memory());
        match shard.tokens.insert(place.hash, entry) {
            None => shard.order.push_back(place.hash),
            Some(former) => shard.memory = shard.memory.saturating_sub(former.memory()),
        }
        while shard.order.len() > MAX_TOKENS / SHARDS || shard.memory > MAX_MEMORY / SHARDS {
            let Some(oldest) = shard.order.pop_front() else {
                break;
            };
            let forgotten = shard.tokens.remove(&oldest);
            let memory = forgotten.map_or(0, |entry| entry.memory());
            shard.memory = shard.memory.saturating_sub(memory);
        }
    }

    /// Forgets the tokens of this principal.
    pub(super) fn forget(&self, name: &str) {
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.forgotten = shard.forgotten.wrapping_add(1);
            let Shard {
                tokens,
                order,
                memory,
                ..
            } = &mut *shard;
            tokens.retain(|_, entry| entry.principal.name() != Some(name));
            order.retain(|hash| tokens.contains_key(hash));
            *memory = tokens.values().map(Entry::memory).sum();
        }
    }
}

/// The earlier of a token's end, and of the time after which it is verified anew.
pub(super) fn until(ends_at: SystemTime, max_age: Duration) -> SystemTime {
    let latest = SystemTime::now().checked_add(max_age).unwrap_or(ends_at);
    ends_at.min(latest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Remembers tokens whose claims take so much. Returns how many stay, and about how many bytes they take.
    fn remember(tokens: usize, memory: usize) -> (usize, usize) {
        let remembered = Remembered::new();
        for number in 0..tokens {
            let token = PresentedToken::new(number.to_string());
            let Err(place) = remembered.find(&token, |_| 0) else {
                panic!("a new token is remembered");
            };
            let entry = || Entry {
                principal: Principal::named("ada"),
                until: SystemTime::now() + Duration::from_secs(60),
                issuer: 0,
                removals: 0,
                memory,
            };
            // Two callers may verify one token at once.
            remembered.insert(&place, entry());
            remembered.insert(&place, entry());
            assert!(remembered.find(&token, |_| 0).is_ok());
        }
        let shards = remembered
            .shards
            .map(|shard| shard.into_inner().unwrap_or_default());
        let memory = shards.iter().map(|shard| shard.memory).sum();
        (shards.iter().map(|shard| shard.tokens.len()).sum(), memory)
    }

    #[test]
    fn the_number_of_remembered_tokens_is_limited() {
        let (tokens, memory) = remember(2 * MAX_TOKENS, 100);
        assert_eq!((tokens, memory), (MAX_TOKENS, MAX_TOKENS * (ENTRY + 200)));
    }

    #[test]
    fn the_memory_of_remembered_tokens_is_limited() {
        let (tokens, memory) = remember(2000, 256 * 1024);
        assert!(memory <= MAX_MEMORY && tokens > 64, "{tokens} {memory}");
    }
}
