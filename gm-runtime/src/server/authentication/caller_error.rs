//! Why the caller of a request is not known.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};

use crate::protocol::error_code::ErrorCode;

/// Why the caller of a request is not known ([`Gm::caller`](crate::Gm::caller)).
///
/// As the error of an actix-web handler, it becomes the response 401 or 503.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallerError {
    /// The credentials of the request are wrong: 401 with `WWW-Authenticate`. The log has the reason, at the level `debug`.
    #[error("the credentials of the request are wrong")]
    Rejected,
    /// An authenticator panicked, took too long, or can't check the credentials at present: 503 with `Retry-After`.
    #[error("the credentials of the request can't be checked at present")]
    Unavailable,
}

impl CallerError {
    pub(crate) fn of(code: ErrorCode) -> Self {
        match code {
            ErrorCode::AuthenticationRequired => Self::Rejected,
            _ => Self::Unavailable,
        }
    }
}

impl ResponseError for CallerError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Rejected => StatusCode::UNAUTHORIZED,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let header = match self {
            Self::Rejected => (WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            Self::Unavailable => (RETRY_AFTER, HeaderValue::from_static("1")),
        };
        HttpResponse::build(self.status_code())
            .insert_header(header)
            .finish()
    }
}
