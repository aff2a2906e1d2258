//! A token that a request presents.

use std::borrow::Cow;
use std::sync::{LazyLock, OnceLock};

use siphasher::sip128::SipHasher24;
use uuid::Uuid;

/// The length of the scheme of `Authorization: Bearer <token>`, and of the space after it.
const SCHEME: &[u8] = b"bearer ";

/// A token that a request presents, and its [keyed hash], which is computed once for all tables of tokens.
///
/// [keyed hash]: keyed_hash
pub(super) struct PresentedToken<'a> {
    text: Cow<'a, str>,
    hash: OnceLock<u128>,
}

impl<'a> PresentedToken<'a> {
    pub(super) fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Self {
            text: text.into(),
            hash: OnceLock::new(),
        }
    }

    /// The token of this value of an `Authorization` header. The scheme is case-insensitive (RFC 9110, 11.1).
    pub(super) fn of_header(value: &'a [u8]) -> Option<Self> {
        let (scheme, token) = value.split_at_checked(SCHEME.len())?;
        if !scheme.eq_ignore_ascii_case(SCHEME) {
            return None;
        }
        // As `HeaderValue::to_str` does, which stops at the first byte that does not fit. This loop has no branch.
        let is_visible = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t');
        let all_visible = token.iter().fold(true, |all, byte| all & is_visible(byte));
        let token = std::str::from_utf8(token).ok().filter(|_| all_visible)?;
        Some(Self::new(token.trim_ascii()))
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The [keyed hash](keyed_hash) of the token.
    pub(super) fn keyed_hash(&self) -> u128 {
        *self.hash.get_or_init(|| keyed_hash(self.text.as_bytes()))
    }
}

/// The hash of a token, by which tables of tokens are searched. Its key is random in each process.
///
/// A caller can't find two tokens with the same hash without the key, and the time of a search reveals nothing about the tokens.
pub(super) fn keyed_hash(token: &[u8]) -> u128 {
    static HASHER: LazyLock<SipHasher24> =
        LazyLock::new(|| SipHasher24::new_with_key(&Uuid::new_v4().into_bytes()));
    HASHER.hash(token).as_u128()
}
