//! Verifies the tokens of all issuers.

use jsonwebtoken::Algorithm;
use serde::de::IgnoredAny;

use super::claims::Claims;
use super::issuer::JwtIssuer;
use super::key_source::Loading;
use super::remembered::{Entry, Place, Remembered, until};
use super::revocations::Revocations;
use super::token::{self, Header, Payload};
use super::trusted::Trusted;
use super::{issuer, provider};
use crate::access::Principal;
use crate::error::Error;
use crate::features::client::Client;
use crate::server::authentication::presented_token::PresentedToken;
use crate::server::authentication::{Answer, ErasedAuthenticator, Verdict};
use crate::server::{Presented, Rejected};

/// The authenticator of JSON Web Tokens, of all issuers of a handle.
pub(crate) struct JwtAuthenticator {
    issuers: Vec<Trusted>,
    remembered: Remembered,
    revocations: Revocations,
}

/// A token whose signature is not verified yet.
struct Unverified<'a> {
    token: &'a str,
    /// The index of the issuer that the token names.
    issuer: usize,
    trusted: &'a Trusted,
    header: Header,
    algorithm: Algorithm,
    payload: Payload<'a>,
}

impl JwtAuthenticator {
    pub(crate) fn new(issuers: Vec<JwtIssuer>, client: &Client) -> Result<Self, Error> {
        provider::install();
        Ok(Self {
            issuers: issuer::trusted(issuers, client)?,
            remembered: Remembered::new(),
            revocations: Revocations::default(),
        })
    }

    fn removals(&self, issuer: usize) -> u64 {
        self.issuers
            .get(issuer)
            .map_or(0, |trusted| trusted.keys.removals())
    }

    /// The token before its verification, from its encoded header and its payload. `Ok(None)` if it is no token of these
    /// issuers.
    fn unverified<'a>(
        &'a self,
        token: &'a str,
        header: &str,
        payload: Payload<'a>,
    ) -> Result<Option<Unverified<'a>>, Rejected> {
        let name = payload.issuer();
        let mut issuers = self.issuers.iter().enumerate();
        let Some((issuer, trusted)) =
            issuers.find(|(_, trusted)| name.as_deref() == Some(&trusted.keys.expected.issuer))
        else {
            return Ok(None);
        };
        let header = Header::decode(header).ok_or_else(|| Rejected::new("the header is malformed"))?;
        let algorithm = header.algorithm.parse();
        let algorithm = algorithm.map_err(|_| Rejected::new("the algorithm is not supported"))?;
        if !trusted.accepts_type(&header) {
            return Err(Rejected::new("the token is of another type (`typ`)"));
        }
        Ok(Some(Unverified {
            token,
            issuer,
            trusted,
            header,
            algorithm,
            payload,
        }))
    }

    /// Verifies a token with the keys that are there now.
    fn verify(&self, unverified: &Unverified<'_>, place: &Place) -> Result<Principal, Rejected> {
        let Unverified {
            trusted,
            token,
            algorithm,
            ..
        } = unverified;
        let removals = trusted.keys.removals();
        let id = unverified.header.key_id.as_deref();
        let loaded = trusted.keys.loaded();
        let fixed = trusted.keys.fixed().candidates(id, *algorithm);
        let mut rejected = Rejected::new("there is no key for the token");
        let mut is_verified = false;
        for key in fixed.chain(loaded.candidates(id, *algorithm)) {
            match jsonwebtoken::decode::<IgnoredAny>(token, &key.decoding, &key.validation) {
                Ok(_) => {
                    is_verified = true;
                    break;
                }
                // The words of the crate hold nothing of the token, except for the position of a syntax error.
                Err(error) => rejected = Rejected::new(error.to_string()),
            }
        }
        if !is_verified {
            return Err(rejected);
        }
        let claims = Claims::read(&unverified.payload, trusted.leeway)?;
        let (ends_at, issued_at, memory) = (claims.ends_at, claims.issued_at, claims.memory);
        let principal = trusted.mapping.principal(claims)?;
        let name = principal.name().unwrap_or_default();
        if self.revocations.refuses(name, issued_at, trusted.leeway) {
            return Err(Rejected::new("the tokens of this caller were revoked"));
        }
        let entry = Entry {
            principal: principal.clone(),
            until: until(ends_at, trusted.max_age),
            issuer: unverified.issuer,
            removals,
            memory,
        };
        self.remembered.insert(place, entry);
        Ok(principal)
    }

    /// The verdict on a token that is not remembered, or a load of keys that it needs. `may_load`: whether it may wait for
    /// one.
    fn verdict(&self, token: &str, place: &Place, may_load: bool) -> Result<Verdict, Loading> {
        let parts = token::parts(token);
        let decoded = parts.and_then(|(header, payload)| Some((header, token::decode(payload)?)));
        let Some((header, payload)) = &decoded else {
            return Ok(Ok(None));
        };
        let Some(payload) = Payload::read(payload) else {
            return Ok(Ok(None));
        };
        let unverified = match self.unverified(token, header, payload) {
            Ok(Some(unverified)) => unverified,
            Ok(None) => return Ok(Ok(None)),
            Err(rejected) => return Ok(Err(rejected)),
        };
        let keys = &unverified.trusted.keys;
        if keys.has_key(&unverified.header, unverified.algorithm) {
            keys.refresh();
        } else if let Some(loading) = may_load.then(|| keys.load()).flatten() {
            return Err(loading);
        }
        Ok(self.verify(&unverified, place).map(Some))
    }

    fn answer<'a>(&'a self, presented: &'a PresentedToken<'a>) -> Answer<'a> {
        let token = presented.text();
        if token.len() > token::MAX_BYTES {
            return Answer::Now(Err(Rejected::new("the token is longer than 16 KiB")));
        }
        let place = match self.remembered.find(presented, |issuer| self.removals(issuer)) {
            Ok(known) => return Answer::Now(Ok(Some(known))),
            Err(place) => place,
        };
        match self.verdict(token, &place, true) {
            Ok(verdict) => Answer::Now(verdict),
            Err(loading) => Answer::Later(Box::pin(async move {
                loading.await;
                self.verdict(token, &place, false).unwrap_or(Ok(None))
            })),
        }
    }
}

impl ErasedAuthenticator for JwtAuthenticator {
    fn authenticate<'a>(&'a self, presented: &'a Presented<'a>) -> Answer<'a> {
        match presented.token() {
            Some(token) => self.answer(token),
            None => Answer::Now(Verdict::Ok(None)),
        }
    }

    fn revoke(&self, name: &str) {
        self.revocations.add(name);
        self.remembered.forget(name);
    }
}
