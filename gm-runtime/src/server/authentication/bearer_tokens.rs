//! The bearer tokens that the builder accepts.

use std::collections::HashMap;
use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher24};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::access::Principal;
use crate::error::Error;

/// The accepted bearer tokens and their principals.
///
/// The table is searched by a keyed hash, whose key is random in each process. So the time of a search reveals nothing
/// about the tokens. The token that is found is compared in constant time.
pub(crate) struct BearerTokens {
    key: [u8; 16],
    principals: HashMap<u128, (Box<[u8]>, Principal)>,
}

impl BearerTokens {
    pub(crate) fn new(tokens: Vec<(String, Principal)>) -> Result<Self, Error> {
        let mut table = Self {
            key: Uuid::new_v4().into_bytes(),
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
            if let Some((_, other)) = table.principals.insert(table.hash(&token), (token, principal)) {
                return Err(Error::Configuration(format!(
                    "`{name}` and `{}` have the same bearer token",
                    other.name().unwrap_or_default()
                )));
            }
        }
        Ok(table)
    }

    fn hash(&self, token: &[u8]) -> u128 {
        let mut hasher = SipHasher24::new_with_key(&self.key);
        hasher.write(token);
        hasher.finish128().as_u128()
    }

    /// The principal of this token.
    pub(crate) fn find(&self, token: &str) -> Option<Principal> {
        let (known, principal) = self.principals.get(&self.hash(token.as_bytes()))?;
        bool::from(known.ct_eq(token.as_bytes())).then(|| principal.clone())
    }
}
