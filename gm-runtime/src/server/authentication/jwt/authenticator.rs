//! Verifies the tokens of all issuers.

use jsonwebtoken::Algorithm;

use super::claims::Claims;
use super::issuer::JwtIssuer;
use super::key_source::Loading;
use super::remembered::{Entry, Place, Remembered, until};
use super::revocations::Revocations;
use super::token::{self, Header, Payload};
use super::trusted::Trusted;
use super::{issuer, provider, rejection};
use crate::access::Principal;
use crate::error::Error;
use crate::features::client::Client;
use crate::server::authentication::presented_token::PresentedToken;
use crate::server::authentication::{Answer, ErasedAuthenticator, Refusal, Verdict};
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
    ///
    /// # Errors
    /// Also [`Refusal::Unavailable`], if there may be a key for it that could not be loaded yet.
    fn verify(&self, unverified: &Unverified<'_>, place: &Place) -> Result<Principal, Refusal> {
        let Unverified {
            trusted,
            token,
            algorithm,
            ..
        } = unverified;
        let (removals, expected) = (trusted.keys.removals(), &trusted.keys.expected);
        let id = unverified.header.key_id.as_deref();
        // Before the keys are taken, so that a load that succeeds in between refuses no valid token.
        let awaits_keys = trusted.keys.await_first_load();
        let loaded = trusted.keys.loaded();
        let fixed = trusted.keys.fixed().candidates(id, *algorithm);
        let mut rejected = None;
        let mut is_verified = false;
        for key in fixed.chain(loaded.candidates(id, *algorithm)) {
            match key.has_signed(token, *algorithm) {
                Ok(true) => {
                    is_verified = true;
                    break;
                }
                Ok(false) => rejected = Some(rejection::of_signature(expected)),
                Err(error) => rejected = Some(rejection::unreadable_signature(&error, expected)),
            }
        }
        if !is_verified && awaits_keys {
            return Err(Refusal::Unavailable(rejection::no_keys_yet(expected)));
        }
        if !is_verified {
            let no_key = || rejection::no_key(expected, *algorithm);
            return Err(rejected.unwrap_or_else(no_key).into());
        }
        if !expected.accepts_audience(&unverified.payload) {
            return Err(rejection::of_audience(expected).into());
        }
        let claims = Claims::read(&unverified.payload, trusted.leeway)?;
        let (ends_at, issued_at, memory) = (claims.ends_at, claims.issued_at, claims.memory);
        let principal = trusted.mapping.principal(claims)?;
        let name = principal.name().unwrap_or_default();
        if self.revocations.refuses(name, issued_at, trusted.leeway) {
            return Err(Rejected::new("the tokens of this caller were revoked").into());
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
            Err(rejected) => return Ok(Err(rejected.into())),
        };
        let keys = &unverified.trusted.keys;
        if keys.has_key(&unverified.header, unverified.algorithm) {
            keys.refresh();
        } else if let Some(loading) = may_load.then(|| keys.load()).flatten() {
            return Err(loading);
        }
        let verdict = self.verify(&unverified, place);
        // A key of the builder may fit the header of a token that another key has signed.
        if may_load
            && matches!(verdict, Err(Refusal::Unavailable(_)))
            && let Some(loading) = keys.load()
        {
            return Err(loading);
        }
        Ok(verdict.map(Some))
    }

    fn answer<'a>(&'a self, presented: &'a PresentedToken<'a>) -> Answer<'a> {
        let token = presented.text();
        if token.len() > token::MAX_BYTES {
            return Answer::Now(Err(Rejected::new("the token is longer than 16 KiB").into()));
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

    fn why_unknown(&self, presented: &Presented<'_>) -> Option<String> {
        let (_, payload) = token::parts(presented.token()?.text())?;
        let payload = token::decode(payload)?;
        let issuer = Payload::read(&payload)?.issuer()?.into_owned();
        let accepted = self.issuers.iter().map(|trusted| &*trusted.keys.expected.issuer);
        Some(rejection::unknown_issuer(&issuer, accepted))
    }

    fn revoke(&self, name: &str) {
        self.revocations.add(name);
        self.remembered.forget(name);
    }
}
