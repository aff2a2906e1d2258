//! Authentication: the principal of a request.

use std::collections::HashMap;
use std::hash::Hasher;

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use siphasher::sip128::{Hasher128, SipHasher24};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::access::Principal;
use crate::error::Error;
use crate::protocol::error_code::ErrorCode;
use crate::protocol::failure::Failure;

/// The accepted bearer tokens and their principals.
///
/// The table is searched by a keyed hash, whose key is random in each process. So the time of a search reveals nothing
/// about the tokens. The token that is found is compared in constant time.
pub(crate) struct Credentials {
    key: [u8; 16],
    principals: HashMap<u128, (Box<[u8]>, Principal)>,
}

impl Credentials {
    pub(crate) fn new(tokens: Vec<(String, Principal)>) -> Result<Self, Error> {
        let mut credentials = Self {
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
            if let Some((_, other)) = credentials
                .principals
                .insert(credentials.hash(&token), (token, principal))
            {
                return Err(Error::Configuration(format!(
                    "`{name}` and `{}` have the same bearer token",
                    other.name().unwrap_or_default()
                )));
            }
        }
        Ok(credentials)
    }

    fn hash(&self, token: &[u8]) -> u128 {
        let mut hasher = SipHasher24::new_with_key(&self.key);
        hasher.write(token);
        hasher.finish128().as_u128()
    }

    /// The caller. Without credentials the caller is anonymous. Wrong credentials are refused.
    pub(crate) fn principal(&self, headers: &HeaderMap) -> Result<Principal, Failure> {
        let mut sent = headers.get_all(AUTHORIZATION);
        let Some(credentials) = sent.next() else {
            return Ok(Principal::anonymous());
        };
        if sent.next().is_some() {
            return Err(ErrorCode::AuthenticationRequired.into());
        }
        bearer_token(credentials.as_bytes())
            .and_then(|token| self.find(token))
            .ok_or_else(|| ErrorCode::AuthenticationRequired.into())
    }

    fn find(&self, token: &[u8]) -> Option<Principal> {
        let (known, principal) = self.principals.get(&self.hash(token))?;
        bool::from(known.ct_eq(token)).then(|| principal.clone())
    }
}

/// The token of `Bearer <token>`. The scheme is case-insensitive (RFC 9110, 11.1).
fn bearer_token(credentials: &[u8]) -> Option<&[u8]> {
    const SCHEME: &[u8] = b"bearer ";
    let (scheme, token) = credentials.split_at_checked(SCHEME.len())?;
    scheme.eq_ignore_ascii_case(SCHEME).then(|| token.trim_ascii())
}
