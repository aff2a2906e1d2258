//! The failure of a request.

use std::borrow::Cow;

use super::error_code::ErrorCode;
use crate::error::{Error, FieldError};

/// The reason why a request is refused.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: ErrorCode,
    pub(crate) details: Vec<Detail>,
    /// The error of this service, for the log only.
    pub(crate) source: Option<Error>,
    /// The seconds after which the caller may retry a temporary refusal.
    pub(crate) retry_after: u32,
    /// Whether the caller need not retry at once, since no retry helps or this gateway has made the useful ones already.
    pub(crate) is_final: bool,
    /// The details from another service, until [`add_remote_details`](Self::add_remote_details).
    pub(super) remote_errors: Vec<FieldError>,
}

/// One thing that is wrong with a request (R-details). It reveals nothing internal to this service.
#[derive(Debug)]
pub(crate) struct Detail {
    /// The field, the lookup or the key of the body, as the caller wrote it.
    pub(crate) field: Option<String>,
    pub(crate) message: Cow<'static, str>,
}

/// The default of [`Failure::retry_after`].
pub(super) const RETRY_AFTER_SECONDS: u32 = 1;

/// The seconds for a loop of gateways. No gateway waits so long for a retry, so the request is not multiplied.
const LOOP_RETRY_AFTER_SECONDS: u32 = 60;

/// The longest name of the caller that a response repeats, in characters.
const MAX_FIELD_CHARS: usize = 100;

/// The message for a write with an unknown outcome. Its status is 500, without `Retry-After`, so no consumer repeats
/// it.
pub(super) const OUTCOME_UNKNOWN: &str =
    "Whether the write was carried out is not known. Read before you write again.";

impl Failure {
    /// The outcome of the write is not known.
    pub(super) fn outcome_unknown(error: Error) -> Self {
        Self {
            details: vec![Detail::new(None, OUTCOME_UNKNOWN)],
            source: Some(error),
            ..ErrorCode::InternalError.into()
        }
    }

    /// The refusal of a request that came back to the gateway that forwarded it.
    pub(crate) fn loop_detected() -> Self {
        Self {
            retry_after: LOOP_RETRY_AFTER_SECONDS,
            is_final: true,
            ..ErrorCode::Unavailable.into()
        }
    }

    /// The caller sends too many requests, and may come again after these seconds.
    #[cfg(feature = "server")]
    pub(crate) fn rate_limited(retry_after: u32) -> Self {
        Self {
            retry_after,
            ..ErrorCode::RateLimited.into()
        }
    }

    /// The idempotency key of the request stands for another one.
    #[cfg(feature = "server")]
    pub(crate) fn idempotency_mismatch() -> Self {
        let message =
            "the key was sent before with another method, path or body; give each write a key of its own";
        Self::with_details(ErrorCode::IdempotencyMismatch, None, message)
    }

    /// A request with the same idempotency key is still being carried out.
    #[cfg(feature = "server")]
    pub(crate) fn in_progress() -> Self {
        ErrorCode::InProgress.into()
    }

    /// The request is invalid.
    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::with_details(ErrorCode::InvalidRequest, None, message)
    }

    /// This part of the request is invalid.
    pub(crate) fn invalid_field(field: &str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::with_details(ErrorCode::InvalidRequest, Some(field), message)
    }

    pub(super) fn with_details(
        code: ErrorCode,
        field: Option<&str>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            details: vec![Detail::new(field, message)],
            ..code.into()
        }
    }

    pub(super) fn of_values(code: ErrorCode, errors: &[FieldError]) -> Self {
        Self {
            details: errors.iter().map(Detail::of).collect(),
            ..code.into()
        }
    }
}

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Self {
            code,
            details: Vec::new(),
            source: None,
            retry_after: RETRY_AFTER_SECONDS,
            is_final: false,
            remote_errors: Vec::new(),
        }
    }
}

/// A name of the caller, shortened for a response.
pub(crate) fn shortened(name: &str) -> String {
    name.chars().take(MAX_FIELD_CHARS).collect()
}

impl Detail {
    pub(super) fn new(field: Option<&str>, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            field: field.map(shortened),
            message: message.into(),
        }
    }

    fn of(error: &FieldError) -> Self {
        Self::new(error.field(), error.message().to_owned())
    }
}
