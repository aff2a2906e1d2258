//! What a request is refused with.

use std::borrow::Cow;

use crate::error::{CONFLICT, Error, FieldError, QueryError};
use crate::error::{RemoteError, TransportErrorKind};
use crate::manager::Description;

/// The errors of the contract: a status, a code and a fixed sentence each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorCode {
    InvalidRequest,
    ValidationError,
    AuthenticationRequired,
    PermissionDenied,
    NotFound,
    MethodNotAllowed,
    Conflict,
    PayloadTooLarge,
    UnsupportedMediaType,
    RateLimited,
    InternalError,
    Unavailable,
}

impl ErrorCode {
    pub(crate) const fn status(self) -> u16 {
        match self {
            Self::InvalidRequest | Self::ValidationError => 400,
            Self::AuthenticationRequired => 401,
            Self::PermissionDenied => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Conflict => 409,
            Self::PayloadTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::RateLimited => 429,
            Self::InternalError => 500,
            Self::Unavailable => 503,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::ValidationError => "validation_error",
            Self::AuthenticationRequired => "authentication_required",
            Self::PermissionDenied => "permission_denied",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Conflict => "conflict",
            Self::PayloadTooLarge => "payload_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::RateLimited => "rate_limited",
            Self::InternalError => "internal_error",
            Self::Unavailable => "unavailable",
        }
    }

    pub(crate) const fn sentence(self) -> &'static str {
        match self {
            Self::InvalidRequest => "Invalid request.",
            Self::ValidationError => "Validation failed.",
            Self::AuthenticationRequired => "Authentication required.",
            Self::PermissionDenied => "Permission denied.",
            Self::NotFound => "Resource not found.",
            Self::MethodNotAllowed => "Method not allowed.",
            Self::Conflict => "Conflict.",
            Self::PayloadTooLarge => "Payload too large.",
            Self::UnsupportedMediaType => "Unsupported media type.",
            Self::RateLimited => "Too many requests.",
            Self::InternalError => "Internal server error.",
            Self::Unavailable => "Service unavailable.",
        }
    }
}

/// Why a request is refused.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: ErrorCode,
    pub(crate) details: Vec<Detail>,
    /// What went wrong in this service; for the log, never for the caller.
    pub(crate) source: Option<Error>,
    /// Seconds after which the caller may try again, where it is refused for a time.
    pub(crate) retry_after: u64,
    /// Whether the request was sent on, again where that may help, so that its caller need not do so at once.
    pub(crate) retried: bool,
    /// What another service says is wrong, before [`add_remote_details`](Self::add_remote_details).
    remote_errors: Vec<FieldError>,
}

/// R-details: a thing that was wrong, in words that hold nothing of this service's inside.
#[derive(Debug)]
pub(crate) struct Detail {
    /// A field, a lookup or a key of the body, as the caller wrote it.
    pub(crate) field: Option<String>,
    pub(crate) message: Cow<'static, str>,
}

/// Seconds after which a refused caller may try again, where nobody says better.
const RETRY_AFTER_SECONDS: u64 = 1;

/// The same where gateways ask each other: longer than any of them waits to ask again, so that one request is not
/// multiplied by each.
const LOOP_RETRY_AFTER_SECONDS: u64 = 60;

/// The longest name of the caller's that is repeated to it.
const MAX_FIELD_CHARS: usize = 100;

impl Failure {
    /// The refusal of a request that came back to the gateway that forwarded it.
    pub(crate) fn loop_detected() -> Self {
        Self {
            retry_after: LOOP_RETRY_AFTER_SECONDS,
            retried: true,
            ..ErrorCode::Unavailable.into()
        }
    }

    /// The request can't be understood.
    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::with_details(ErrorCode::InvalidRequest, None, message)
    }

    /// This part of the request can't be understood.
    pub(crate) fn invalid_field(field: &str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::with_details(ErrorCode::InvalidRequest, Some(field), message)
    }

    fn with_details(code: ErrorCode, field: Option<&str>, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            details: vec![Detail::new(field, message)],
            ..code.into()
        }
    }

    fn of_values(code: ErrorCode, errors: &[FieldError]) -> Self {
        Self {
            details: errors.iter().map(Detail::of).collect(),
            ..code.into()
        }
    }

    fn of_select(error: &QueryError) -> Self {
        match error {
            QueryError::PatternTime { limit, .. } => {
                Self::invalid(crate::error::patterns_take_too_long(limit))
            }
            QueryError::ReadTime { limit, .. } => Self::invalid(crate::error::reading_takes_too_long(limit)),
            QueryError::WriteTime { limit, .. } => Self::invalid(crate::error::writing_takes_too_long(limit)),
            QueryError::AnswerSize { limit, rows, .. } => {
                Self::invalid(crate::error::answer_too_large(limit, rows))
            }
            QueryError::Conflict { lookup, .. } => Self::invalid_field(
                lookup,
                "this lookup is given two values, and is passed on to a service that takes one",
            ),
            QueryError::UnsizedPage { .. } => Self::invalid_field(
                "page_size",
                "the rows are passed on from a service that needs it where a page is asked for",
            ),
            QueryError::TooManyRows { limit, .. } => {
                Self::invalid_field("page_size", format!("the page has more than {limit} rows"))
            }
            _ => ErrorCode::InvalidRequest.into(),
        }
    }

    /// The failure of a query: a value that does not fit is an invalid request, since nothing is to be written.
    pub(crate) fn of_query(error: Error) -> Self {
        match error {
            Error::Invalid { errors, .. } => Self::of_values(ErrorCode::InvalidRequest, &errors),
            error => error.into(),
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
            retried: false,
            remote_errors: Vec::new(),
        }
    }
}

/// A name of the caller's, as far as it is repeated to it.
pub(crate) fn shortened(name: &str) -> String {
    name.chars().take(MAX_FIELD_CHARS).collect()
}

impl Detail {
    fn new(field: Option<&str>, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            field: field.map(shortened),
            message: message.into(),
        }
    }

    fn of(error: &FieldError) -> Self {
        Self::new(error.field(), error.message().to_owned())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match error {
            Error::Invalid { errors, .. } => return Self::of_values(ErrorCode::ValidationError, &errors),
            // Storage of the application's own may read other rows page by page.
            ref unavailable @ Error::Query(
                QueryError::UnsteadyPages { .. }
                | QueryError::TooManyBytes { .. }
                | QueryError::PagesTime { .. },
            ) => {
                return Self {
                    source: Some(unavailable.clone()),
                    ..ErrorCode::Unavailable.into()
                };
            }
            Error::Query(error) => return Self::of_select(&error),
            Error::NotFound { .. } => ErrorCode::NotFound,
            Error::PermissionDenied { .. } | Error::NoPermissions { .. } => ErrorCode::PermissionDenied,
            // Of such a one nothing is known that the code does not say.
            Error::Conflict {
                field: None, message, ..
            } if *message == *CONFLICT => ErrorCode::Conflict,
            Error::Conflict { field, message, .. } => {
                return Self::with_details(ErrorCode::Conflict, field, message.to_string());
            }
            ref unavailable @ Error::Unavailable(_) => {
                return Self {
                    source: Some(unavailable.clone()),
                    ..ErrorCode::Unavailable.into()
                };
            }
            Error::Remote(_) | Error::Transport(_) | Error::Decode(_) => return Self::of_gateway(error),
            error => {
                return Self {
                    source: Some(error),
                    ..ErrorCode::InternalError.into()
                };
            }
        };
        code.into()
    }
}

/// The most bytes of another service's words that are passed on.
const MAX_REMOTE_DETAILS: usize = 8 * 1024;
/// The most bytes of one message of them.
const MAX_REMOTE_MESSAGE: usize = 500;
/// The bytes of one of them that are not its words: `{"field":"","message":""},`.
const DETAIL_OVERHEAD: usize = 26;

/// The parts of a request that are no field, by which `details` may name them.
const KEYS: [&str; 8] = [
    "filters",
    "excludes",
    "ordering",
    "page",
    "page_size",
    "count",
    "operation",
    "__metadata__",
];

/// Whether the manager has the field, the lookup, the order or the key that this part of a request is.
fn knows(description: &Description, part: &str) -> bool {
    let has = |name: &str| description.field_index(name).is_some();
    let name = part.strip_prefix('-').unwrap_or(part);
    let field = name.rsplit_once("__").map_or(name, |(field, _)| field);
    has(name) || has(field) || KEYS.contains(&part)
}

/// What a caller is told of a write that may have been carried out. No consumer sends such a write again: 500 is no status
/// that asks to come back, and there is no `Retry-After`.
const OUTCOME_UNKNOWN: &str = "Whether the write was carried out is not known. Look before you write again.";

impl Failure {
    /// The failure of a resource whose rows are yet another service's: what that service says of the request is said
    /// on, with its details; whatever is wrong between the two services is not the caller's concern.
    fn of_gateway(error: Error) -> Self {
        if let Error::Transport(transport) = &error
            && matches!(transport.kind(), TransportErrorKind::ReplyTooLarge { .. })
            && transport.is_query()
        {
            return Self::invalid_field("page_size", "the page has too many bytes: ask for fewer rows");
        }
        let code = Self::code_of_gateway(&error);
        let details = if error.is_outcome_unknown() {
            vec![Detail::new(None, OUTCOME_UNKNOWN)]
        } else {
            Vec::new()
        };
        let remote = error.remote();
        let asked = remote.and_then(RemoteError::retry_after);
        Self {
            details,
            remote_errors: remote.map(RemoteError::field_errors).unwrap_or_default(),
            retry_after: asked.map_or(RETRY_AFTER_SECONDS, |asked| {
                asked.as_secs().max(RETRY_AFTER_SECONDS)
            }),
            retried: match &error {
                Error::Remote(remote) => remote.is_retried(),
                Error::Transport(transport) => transport.is_retried(),
                _ => true,
            },
            source: matches!(
                code,
                ErrorCode::Unavailable | ErrorCode::RateLimited | ErrorCode::InternalError
            )
            .then_some(error),
            ..code.into()
        }
    }

    /// Passes on what another service says is wrong, as far as callers of this manager may hear it: of the manager's own fields,
    /// of the keys of a request, and in a bounded number of bytes.
    pub(crate) fn add_remote_details(&mut self, description: &Description) {
        let mut room = MAX_REMOTE_DETAILS;
        let words = std::mem::take(&mut self.remote_errors).into_iter();
        let known = words.filter(|error| error.field().is_none_or(|part| knows(description, part)));
        self.details.extend(known.map_while(|error| {
            let end = error.message().floor_char_boundary(MAX_REMOTE_MESSAGE);
            let message = error.message().get(..end).unwrap_or_default();
            let detail = Detail::new(error.field(), message.to_owned());
            let bytes = message.len() + detail.field.as_ref().map_or(0, String::len);
            room = room.checked_sub(bytes + DETAIL_OVERHEAD)?;
            Some(detail)
        }));
    }

    /// "Try again" is said only where that can't do anything twice, and may help.
    fn code_of_gateway(error: &Error) -> ErrorCode {
        match error {
            error if error.is_outcome_unknown() => ErrorCode::InternalError,
            Error::Remote(remote) => match remote.status() {
                400 if remote.error_code() == Some(ErrorCode::ValidationError.name()) => {
                    ErrorCode::ValidationError
                }
                // 414: of a proxy that takes shorter URLs, since ids are as long as callers like.
                400 | 414 => ErrorCode::InvalidRequest,
                403 => ErrorCode::PermissionDenied,
                404 => ErrorCode::NotFound,
                409 => ErrorCode::Conflict,
                413 => ErrorCode::PayloadTooLarge,
                429 => ErrorCode::RateLimited,
                // A service of the contract that is broken, such as a gateway that can't read a row of its owner's.
                500 if remote.error_code() == Some(ErrorCode::InternalError.name()) => {
                    ErrorCode::InternalError
                }
                408 | 500..=599 => ErrorCode::Unavailable,
                // The gateway is no caller that its owner expects, such as one whose token is wrong.
                _ => ErrorCode::InternalError,
            },
            Error::Transport(transport) if transport.is_retryable() => ErrorCode::Unavailable,
            // An answer that can't be read is the same next time.
            _ => ErrorCode::InternalError,
        }
    }
}
