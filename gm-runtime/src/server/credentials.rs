//! Who a request comes from.

use std::collections::HashMap;
use std::hash::Hasher;

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use siphasher::sip128::{Hasher128, SipHasher24};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::access::Principal;
use crate::error::Error;
use crate::protocol::failure::{ErrorCode, Failure};

/// Bearer tokens and the principals that they name.
///
/// The table is searched by a hash under a key that is made anew in each process, so that the time a search takes
/// tells nothing of the tokens; the one found is then compared in constant time.
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
                    "{name:?} can't be the name of a bearer token's principal: it must be one or more characters, and none \
                     that control, since it goes into logs"
                )));
            }
            if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(Error::Configuration(format!(
                    "the bearer token of `{name}` must be one or more visible ASCII characters"
                )));
            }
            let token = token.into_bytes().into_boxed_slice();
            if let Some((_, other)) = credentials
                .principals
                .insert(credentials.hash(&token), (token, principal))
            {
                return Err(Error::Configuration(format!(
                    "`{name}` and `{}` are given the same bearer token",
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

    /// The caller: anonymous without credentials, refused with wrong ones.
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

/// The token of `Bearer <token>`; the scheme's case does not matter (RFC 9110, 11.1).
fn bearer_token(credentials: &[u8]) -> Option<&[u8]> {
    const SCHEME: &[u8] = b"bearer ";
    let (scheme, token) = credentials.split_at_checked(SCHEME.len())?;
    scheme.eq_ignore_ascii_case(SCHEME).then(|| token.trim_ascii())
}
