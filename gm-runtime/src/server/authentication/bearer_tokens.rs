//! The bearer tokens that the builder accepts.

use std::collections::HashMap;

use subtle::ConstantTimeEq;

use super::presented_token::{PresentedToken, keyed_hash};
use crate::access::Principal;
use crate::error::Error;

/// The accepted bearer tokens and their principals.
///
/// The table is searched by a [keyed hash](keyed_hash). The token that is found is compared in constant time.
pub(crate) struct BearerTokens {
    principals: HashMap<u128, (Box<[u8]>, Principal)>,
}

impl BearerTokens {
    pub(crate) fn new(tokens: Vec<(String, Principal)>) -> Result<Self, Error> {
        let mut table = Self {
            principals: HashMap::with_capacity(tokens.len()),
        };
        for (token, principal) in tokens {
            let name = principal.name().unwrap_or_default().to_owned();
            if name.is_empty() || name.contains(char::is_control) {
                return Err(Error::Configuration(format!(
                    "{name:?} can't be the name of a bearer token's principal: it appears in logs, so it must have one or more \
                     characters, and no control characters"
                )));
            }
            if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(Error::Configuration(format!(
                    "the bearer token of `{name}` must have one or more visible ASCII characters, and no other ones"
                )));
            }
            let token = token.into_bytes().into_boxed_slice();
            if let Some((_, other)) = table.principals.insert(keyed_hash(&token), (token, principal)) {
                return Err(Error::Configuration(format!(
                    "`{name}` and `{}` have the same bearer token",
                    other.name().unwrap_or_default()
                )));
            }
        }
        Ok(table)
    }

    /// The principal of this token.
    pub(super) fn find(&self, token: &PresentedToken<'_>) -> Option<Principal> {
        if self.principals.is_empty() {
            return None;
        }
        let (known, principal) = self.principals.get(&token.keyed_hash())?;
        bool::from(known.ct_eq(token.text().as_bytes())).then(|| principal.clone())
    }
}
