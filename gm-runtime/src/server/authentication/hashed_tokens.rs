//! Tokens that are known by their SHA-256 alone.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::access::Principal;

/// The SHA-256 of a token.
pub(super) type TokenHash = [u8; 32];

/// Tokens and their principals, by the SHA-256 of the tokens.
///
/// A hash without salt and stretching is enough for tokens of high entropy, which can't be guessed. What the time of a
/// search reveals of a hash does not help to find a token with it.
#[derive(Default, PartialEq, Eq)]
pub(super) struct HashedTokens(HashMap<TokenHash, Principal>);

impl HashedTokens {
    /// Adds a token. Returns false if it is there already.
    pub(super) fn add(&mut self, hash: TokenHash, principal: Principal) -> bool {
        self.0.insert(hash, principal).is_none()
    }

    /// The principal of this token.
    pub(super) fn find(&self, token: &str) -> Option<Principal> {
        if self.0.is_empty() {
            return None;
        }
        let hash: TokenHash = Sha256::digest(token).into();
        let (known, principal) = self.0.get_key_value(&hash)?;
        bool::from(known.ct_eq(&hash)).then(|| principal.clone())
    }

    /// The names of the principals whose tokens are missing, or mean something else, in the other table.
    pub(super) fn names_lost_in(&self, other: &Self) -> Vec<String> {
        let lost = self
            .0
            .iter()
            .filter(|(hash, principal)| other.0.get(*hash) != Some(*principal));
        lost.filter_map(|(_, principal)| principal.name().map(str::to_owned))
            .collect()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Reads 64 hexadecimal digits.
pub(super) fn parse_hash(text: &str) -> Option<TokenHash> {
    let mut hash = TokenHash::default();
    let digits = text.as_bytes().chunks_exact(2);
    if text.len() != 64 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, digits) in hash.iter_mut().zip(digits) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(hash)
}

/// Whether this can be the name of a principal, which appears in logs.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(char::is_control)
}
