//! The chain of authenticators of a handle.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use futures_util::FutureExt as _;

use super::{Answer, BearerTokens, ErasedAuthenticator, Presented, Rejected, Verdict};
use crate::access::Principal;
use crate::error::Error;
use crate::features::client::Client;
use crate::interface::BoxFuture;
use crate::protocol::error_code::ErrorCode;

/// The authenticators of a handle, as the builder collects them.
#[derive(Default)]
pub(crate) struct AuthenticationSettings {
    pub(crate) tokens: Vec<(String, Principal)>,
    pub(crate) authenticators: Vec<Box<dyn ErasedAuthenticator>>,
    #[cfg(feature = "jwt")]
    pub(crate) issuers: Vec<super::JwtIssuer>,
    pub(crate) time_limit: Option<Duration>,
}

/// The default of `authentication_time_limit`.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// The authenticators of a handle, in the order in which they are asked.
pub(crate) struct Authentication {
    tokens: BearerTokens,
    authenticators: Vec<Box<dyn ErasedAuthenticator>>,
    time_limit: Duration,
    /// Counts the calls of [`revoke`](Self::revoke).
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
        #[cfg(not(feature = "jwt"))]
        let _ = client;
        authenticators.extend(settings.authenticators);
        Ok(Self {
            tokens: BearerTokens::new(settings.tokens)?,
            authenticators,
            time_limit: settings.time_limit.unwrap_or(TIME_LIMIT),
            revocations: AtomicU64::new(0),
        })
    }

    /// Forgets what the authenticators remember of the caller with this name.
    pub(crate) fn revoke(&self, name: &str) {
        for authenticator in &self.authenticators {
            // The sockets of the caller are closed all the same.
            if catch_unwind(AssertUnwindSafe(|| authenticator.revoke(name))).is_err() {
                tracing::error!("an authenticator panicked at a revocation");
            }
        }
        self.revocations.fetch_add(1, Ordering::SeqCst);
    }

    /// The number of revocations so far. If it changes between the authentication of a subscriber and the moment from
    /// which its socket can be closed, the subscriber may be a revoked one.
    pub(crate) fn revocations(&self) -> u64 {
        self.revocations.load(Ordering::SeqCst)
    }

    /// The caller of a request. Without credentials the caller is anonymous.
    ///
    /// # Errors
    /// `AuthenticationRequired` for wrong credentials, and `Unavailable` if an authenticator panics or takes too long.
    pub(crate) async fn principal(
        &self,
        request: &HttpRequest,
        request_id: &str,
    ) -> Result<Principal, ErrorCode> {
        let presented = Presented::of(request);
        let mut sent = presented.headers().get_all(AUTHORIZATION);
        let has_authorization = sent.next().is_some();
        let verdict = if sent.next().is_some() {
            Err(Rejected::new("there are two `Authorization` headers"))
        } else if let Some(known) = presented.bearer_token().and_then(|token| self.tokens.find(token)) {
            Ok(Some(known))
        } else {
            let mut rest = self.authenticators.iter();
            let first = AssertUnwindSafe(|| ask(&presented, &mut rest));
            match catch_unwind(first).map_err(|_| panicked(request_id))? {
                Answer::Now(verdict) => verdict,
                Answer::Later(first) => self.wait(first, &presented, rest, request_id).await?,
            }
        };
        match verdict.and_then(still_valid) {
            Ok(Some(principal)) => Ok(principal),
            Ok(None) if !has_authorization => Ok(Principal::anonymous()),
            Ok(None) => {
                tracing::debug!(request_id, "no authenticator accepts the `Authorization` header");
                Err(ErrorCode::AuthenticationRequired)
            }
            Err(rejected) => {
                tracing::debug!(request_id, "{rejected}");
                Err(ErrorCode::AuthenticationRequired)
            }
        }
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
    let end = principal.as_ref().and_then(Principal::ends_at);
    match end {
        Some(end) if end <= SystemTime::now() => Err(Rejected::new("the credential has ended")),
        _ => Ok(principal),
    }
}
