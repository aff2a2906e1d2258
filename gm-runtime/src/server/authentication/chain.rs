//! The chain of authenticators of a handle.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, SystemTime};

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use futures_util::FutureExt as _;

use super::authenticator::Verdict;
use super::{BearerTokens, ErasedAuthenticator, Presented, Rejected};
use crate::access::Principal;
use crate::error::Error;
use crate::protocol::error_code::ErrorCode;

/// The authenticators of a handle, as the builder collects them.
#[derive(Default)]
pub(crate) struct AuthenticationSettings {
    pub(crate) tokens: Vec<(String, Principal)>,
    pub(crate) authenticators: Vec<Box<dyn ErasedAuthenticator>>,
    pub(crate) time_limit: Option<Duration>,
}

/// The default of `authentication_time_limit`.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// The authenticators of a handle, in the order in which they are asked.
pub(crate) struct Authentication {
    tokens: BearerTokens,
    authenticators: Vec<Box<dyn ErasedAuthenticator>>,
    time_limit: Duration,
}

impl Authentication {
    pub(crate) fn new(settings: AuthenticationSettings) -> Result<Self, Error> {
        Ok(Self {
            tokens: BearerTokens::new(settings.tokens)?,
            authenticators: settings.authenticators,
            time_limit: settings.time_limit.unwrap_or(TIME_LIMIT),
        })
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
        } else if self.authenticators.is_empty() {
            Ok(None)
        } else {
            // A box, so that the future of a request without other authenticators stays small.
            let chain = Box::pin(AssertUnwindSafe(self.ask(&presented)).catch_unwind());
            match tokio::time::timeout(self.time_limit, chain).await {
                Ok(Ok(verdict)) => verdict,
                Ok(Err(_)) => {
                    tracing::error!(request_id, "an authenticator panicked");
                    return Err(ErrorCode::Unavailable);
                }
                Err(_) => {
                    tracing::error!(request_id, "an authenticator exceeded the time limit");
                    return Err(ErrorCode::Unavailable);
                }
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

    async fn ask(&self, presented: &Presented<'_>) -> Verdict {
        for authenticator in &self.authenticators {
            let verdict = authenticator.authenticate(presented).await;
            if !matches!(verdict, Ok(None)) {
                return verdict;
            }
        }
        Ok(None)
    }
}

/// Rejects a principal whose credential has ended.
fn still_valid(principal: Option<Principal>) -> Verdict {
    let end = principal.as_ref().and_then(Principal::ends_at);
    match end {
        Some(end) if end <= SystemTime::now() => Err(Rejected::new("the credential has ended")),
        _ => Ok(principal),
    }
}
