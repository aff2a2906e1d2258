//! An issuer whose tokens are accepted.

use std::sync::Arc;
use std::time::Duration;

use super::key_source::KeySource;
use super::mapping::Mapping;
use super::token::Header;

/// An issuer whose tokens are accepted, with its keys.
pub(super) struct Trusted {
    pub(super) keys: Arc<KeySource>,
    pub(super) mapping: Mapping,
    pub(super) leeway: Duration,
    pub(super) token_type: Option<String>,
    /// After this time a token is verified anew.
    pub(super) max_age: Duration,
}

impl Trusted {
    /// Whether the tokens of this type (`typ`) are accepted. The prefix may be left out (RFC 7515, 4.1.9).
    pub(super) fn accepts_type(&self, header: &Header) -> bool {
        let Some(expected) = &self.token_type else {
            return true;
        };
        let found = header.token_type.as_deref().unwrap_or_default();
        short(found) == short(expected)
    }
}

fn short(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    name.strip_prefix("application/")
        .map(str::to_owned)
        .unwrap_or(name)
}
