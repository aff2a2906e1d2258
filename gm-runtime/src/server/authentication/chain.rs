//! The chain of authenticators of a handle.

use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix_web::HttpRequest;
use futures_util::FutureExt as _;

use super::tokens::{TokenSettings, Tokens};
use super::trusted_proxy::{Proxies, TrustedProxy};
use super::{Answer, ErasedAuthenticator, Presented, Refusal, Rejected, Verdict};
use crate::access::{Principal, Printable};
use crate::error::Error;
use crate::features::client::Client;
use crate::features::openapi::Security;
use crate::interface::BoxFuture;
use crate::protocol::error_code::ErrorCode;

/// The callers that a handle accepts, as the builder collects them.
#[derive(Default)]
pub(crate) struct AuthenticationSettings {
    pub(crate) tokens: TokenSettings,
    #[cfg(feature = "jwt")]
    pub(crate) issuers: Vec<super::JwtIssuer>,
    pub(crate) authenticators: Vec<Box<dyn ErasedAuthenticator>>,
    pub(crate) certificates: bool,
    pub(crate) proxies: Vec<TrustedProxy>,
    pub(crate) time_limit: Option<Duration>,
}

/// The default of `authentication_time_limit`.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// The authenticators of a handle. Their order is documented at `GmBuilder`.
pub(crate) struct Authentication {
    tokens: Tokens,
    security: Security,
    authenticators: Vec<Box<dyn ErasedAuthenticator>>,
    certificates: bool,
    proxies: Proxies,
    time_limit: Duration,
    /// Counts the revocations of callers.
    revocations: AtomicU64,
}

impl Authentication {
    pub(crate) fn new(settings: AuthenticationSettings, client: &Client) -> Result<Self, Error> {
        let mut authenticators: Vec<Box<dyn ErasedAuthenticator>> = Vec::new();
        #[cfg(feature = "jwt")]
        if !settings.issuers.is_empty() {
            let issuers = super::jwt::JwtAuthenticator::new(settings.issuers, client)?;
            authenticators.push(Box::new(issuers));
        }
        authenticators.extend(settings.authenticators);
        let TokenSettings {
            tokens,
            hashes,
            file,
            api_key_header,
        } = &settings.tokens;
        let has_tokens = !tokens.is_empty() || !hashes.is_empty() || file.is_some();
        let security = Security {
            // An authenticator of the application may read any header.
            bearer: has_tokens || !authenticators.is_empty(),
            api_key_header: api_key_header.clone(),
            certificates: settings.certificates,
        };
        Ok(Self {
            security,
            tokens: Tokens::new(settings.tokens)?,
            authenticators,
            certificates: settings.certificates,
            proxies: Proxies::new(settings.proxies)?,
            time_limit: settings.time_limit.unwrap_or(TIME_LIMIT),
            revocations: AtomicU64::new(0),
        })
    }

    /// The kinds of credentials that are accepted, as far as they are known.
    pub(crate) fn security(&self) -> &Security {
        &self.security
    }

    pub(crate) fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Forgets what the authenticators remember of the caller with this name.
    pub(crate) fn revoke(&self, name: &str) {
        for authenticator in &self.authenticators {
            // The sockets of the caller are closed all the same.
            if catch_unwind(AssertUnwindSafe(|| authenticator.revoke(name))).is_err() {
                tracing::error!("an authenticator panicked at a revocation");
            }
        }
    }

    /// Counts a revocation, before sockets are closed.
    pub(crate) fn count_revocation(&self) {
        self.revocations.fetch_add(1, Ordering::SeqCst);
    }

    /// The number of revocations so far. If it changes between the authentication of a subscriber and the moment from
    /// which its socket can be closed, the subscriber may be a revoked one.
    pub(crate) fn revocations(&self) -> u64 {
        self.revocations.load(Ordering::SeqCst)
    }

    /// The address of a request's client: its peer, or what trusted proxies say.
    pub(crate) fn client_address(&self, request: &HttpRequest) -> Option<IpAddr> {
        let peer = request.peer_addr()?.ip();
        Some(self.proxies.client_address(request.headers(), peer))
    }

    /// The caller of a request. Without credentials the caller is anonymous.
    ///
    /// # Errors
    /// `AuthenticationRequired` for wrong credentials, and `Unavailable` if an authenticator panics, takes too long, or can't
    /// check them at present.
    pub(crate) async fn principal(
        &self,
        request: &HttpRequest,
        request_id: &str,
    ) -> Result<Principal, ErrorCode> {
        let presented = Presented::of(request, self.client_address(request));
        self.principal_of(request, presented, request_id).await
    }

    /// The caller of a websocket handshake, which may have its token among the subprotocols.
    ///
    /// # Errors
    /// As [`principal`](Self::principal).
    pub(crate) async fn subscriber(
        &self,
        request: &HttpRequest,
        request_id: &str,
    ) -> Result<Principal, ErrorCode> {
        let presented = Presented::of(request, self.client_address(request));
        match presented.with_handshake_token() {
            Ok(presented) => self.principal_of(request, presented, request_id).await,
            Err(reason) => refused(&Rejected::new(reason).into(), request_id),
        }
    }

    async fn principal_of(
        &self,
        request: &HttpRequest,
        presented: Presented<'_>,
        request_id: &str,
    ) -> Result<Principal, ErrorCode> {
        let known = || self.tokens.find(presented.token()?);
        let verdict = if presented.has_two_authorizations() {
            Err(Rejected::new("there are two `Authorization` headers or tokens").into())
        } else if presented.has_authorization() && self.tokens.has_api_key(&presented) {
            Err(
                Rejected::new("there is an API key in addition to the `Authorization` header or token")
                    .into(),
            )
        } else if let Some(known) = known() {
            Ok(Some(known))
        } else {
            match self.tokens.api_key(&presented) {
                Ok(None) => self.ask_all(&presented, request_id).await?,
                verdict => verdict,
            }
        };
        let verdict = verdict.and_then(|principal| match principal {
            None if presented.has_authorization() => Err(self.unknown(&presented).into()),
            None => self.of_connection(&presented, request),
            known => Ok(known),
        });
        match verdict.and_then(still_valid) {
            Ok(principal) => Ok(principal.unwrap_or_default()),
            Err(refusal) => refused(&refusal, request_id),
        }
    }

    /// The rejection of an `Authorization` header or token that no authenticator knows.
    fn unknown(&self, presented: &Presented<'_>) -> Rejected {
        let unknown = "no authenticator knows the `Authorization` header or token";
        // The token is read once more for its reason, which is only logged.
        if !tracing::enabled!(tracing::Level::DEBUG) {
            return Rejected::new(unknown);
        }
        let mut authenticators = self.authenticators.iter();
        match authenticators.find_map(|authenticator| authenticator.why_unknown(presented)) {
            Some(why) => Rejected::new(format!("{unknown}: {why}")),
            None => Rejected::new(unknown),
        }
    }

    async fn ask_all(&self, presented: &Presented<'_>, request_id: &str) -> Result<Verdict, ErrorCode> {
        let mut rest = self.authenticators.iter();
        let first = AssertUnwindSafe(|| ask(presented, &mut rest));
        match catch_unwind(first).map_err(|_| panicked(request_id))? {
            Answer::Now(verdict) => Ok(verdict),
            Answer::Later(first) => self.wait(first, presented, rest, request_id).await,
        }
    }

    /// The caller that the connection proves: the user of a proxy, or the certificate.
    fn of_connection(&self, presented: &Presented<'_>, request: &HttpRequest) -> Verdict {
        let peer = request.peer_addr().map(|peer| peer.ip());
        let user = self.proxies.user(presented, peer)?;
        // The certificate of a proxy is none of its users.
        #[cfg(feature = "mtls")]
        if user.is_none() && self.certificates && !self.proxies.names_users(peer) {
            return super::certificates::principal(presented);
        }
        Ok(user)
    }

    /// Waits for this answer, and for those of the remaining authenticators if the first one has no opinion.
    async fn wait(
        &self,
        first: BoxFuture<'_, Verdict>,
        presented: &Presented<'_>,
        mut rest: Authenticators<'_>,
        request_id: &str,
    ) -> Result<Verdict, ErrorCode> {
        let chain = async {
            let mut verdict = first.await;
            while let Ok(None) = verdict {
                verdict = match ask(presented, &mut rest) {
                    Answer::Now(last) => return last,
                    Answer::Later(next) => next.await,
                };
            }
            verdict
        };
        // A box, so that the future of a request without such authenticators stays small.
        let chain = Box::pin(AssertUnwindSafe(chain).catch_unwind());
        match tokio::time::timeout(self.time_limit, chain).await {
            Ok(Ok(verdict)) => Ok(verdict),
            Ok(Err(_)) => Err(panicked(request_id)),
            Err(_) => {
                tracing::error!(request_id, "an authenticator exceeded the time limit");
                Err(ErrorCode::Unavailable)
            }
        }
    }
}

fn refused(refusal: &Refusal, request_id: &str) -> Result<Principal, ErrorCode> {
    match refusal {
        Refusal::Rejected(rejected) => {
            tracing::debug!(request_id, "{rejected}");
            Err(ErrorCode::AuthenticationRequired)
        }
        Refusal::Unavailable(reason) => {
            let reason = Printable(reason);
            tracing::debug!(
                request_id,
                "the credentials can't be checked at present: {reason}"
            );
            Err(ErrorCode::Unavailable)
        }
    }
}

fn panicked(request_id: &str) -> ErrorCode {
    tracing::error!(request_id, "an authenticator panicked");
    ErrorCode::Unavailable
}

type Authenticators<'a> = std::slice::Iter<'a, Box<dyn ErasedAuthenticator>>;

/// The answer of the next authenticator that has an opinion, or that takes time.
fn ask<'a>(presented: &'a Presented<'a>, rest: &mut Authenticators<'a>) -> Answer<'a> {
    for authenticator in rest {
        match authenticator.authenticate(presented) {
            Answer::Now(Ok(None)) => {}
            answer => return answer,
        }
    }
    Answer::Now(Ok(None))
}

/// Rejects a principal whose credential has ended.
fn still_valid(principal: Option<Principal>) -> Verdict {
    match principal.as_ref().is_some_and(Principal::has_ended) {
        true => Err(Rejected::new("the credential has ended").into()),
        false => Ok(principal),
    }
}
