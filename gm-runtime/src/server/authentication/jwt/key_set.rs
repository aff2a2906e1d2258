//! The keys of an issuer (RFC 7517, 5).

use jsonwebtoken::Algorithm;

use super::key::Key;
use crate::json::{RawJson, View};

/// The most bytes of a key set.
pub(super) const MAX_BYTES: usize = 256 * 1024;
/// The most keys of a key set. Identity providers have two or three.
const MAX_KEYS: usize = 64;
/// The most keys that are tried for one token, so that a token without `kid` can't cause many verifications.
const MAX_TRIED: usize = 4;
const MAX_LEVELS: usize = 16;

/// The keys of an issuer.
#[derive(Default)]
pub(super) struct KeySet {
    keys: Vec<Key>,
}

impl KeySet {
    pub(super) fn new(keys: Vec<Key>) -> Self {
        Self { keys }
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.keys.extend(other.keys);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Reads a key set. Keys that can't verify a token are left out.
    ///
    /// # Errors
    /// What is wrong with it, for the log.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        if bytes.len() > MAX_BYTES {
            return Err("the key set is longer than 256 KiB");
        }
        let text = std::str::from_utf8(bytes).map_err(|_| "the key set is not UTF-8")?;
        let set = RawJson::parse(text, MAX_LEVELS).map_err(|_| "the key set is not JSON")?;
        let View::Object(mut members) = set.view() else {
            return Err("the key set is no JSON object");
        };
        let keys = members.find(|(name, _)| name == "keys");
        let Some(View::List(keys)) = keys.map(|(_, keys)| keys.view()) else {
            return Err("the key set has no list `keys`");
        };
        if keys.clone().count() > MAX_KEYS {
            return Err("the key set has more than 64 keys");
        }
        let keys: Vec<_> = keys.filter_map(Key::of).collect();
        if keys.is_empty() {
            return Err("the key set has no key that verifies signatures");
        }
        Ok(Self { keys })
    }

    /// The keys that may have signed a token with this header. A key without an id may have signed any token.
    pub(super) fn candidates(&self, id: Option<&str>, algorithm: Algorithm) -> impl Iterator<Item = &Key> {
        let fits = move |key: &&Key| {
            let same_id = match (&key.id, id) {
                (Some(key), Some(token)) => key == token,
                (None, _) | (_, None) => true,
            };
            same_id && key.verifies(algorithm)
        };
        self.keys.iter().filter(fits).take(MAX_TRIED)
    }

    /// Whether a key of this set is not in the other one.
    pub(super) fn has_more_than(&self, other: &Self) -> bool {
        let is_in = |key: &Key| other.keys.iter().any(|other| other.material() == key.material());
        !self.keys.iter().all(is_in)
    }
}
