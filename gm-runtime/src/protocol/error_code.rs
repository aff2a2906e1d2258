//! The error codes of the contract.

/// An error code of the contract, with its status and its fixed sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorCode {
    InvalidRequest,
    ValidationError,
    AuthenticationRequired,
    PermissionDenied,
    NotFound,
    MethodNotAllowed,
    Conflict,
    InProgress,
    PreconditionFailed,
    IdempotencyMismatch,
    PayloadTooLarge,
    UnsupportedMediaType,
    RateLimited,
    InternalError,
    Unavailable,
}

impl ErrorCode {
    /// Every code, in the order of the statuses.
    pub(crate) const ALL: [Self; 15] = [
        Self::InvalidRequest,
        Self::ValidationError,
        Self::AuthenticationRequired,
        Self::PermissionDenied,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Conflict,
        Self::InProgress,
        Self::PreconditionFailed,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::IdempotencyMismatch,
        Self::RateLimited,
        Self::InternalError,
        Self::Unavailable,
    ];

    /// The name of a request whose idempotency key is in use.
    pub(crate) const IN_PROGRESS: &str = "in_progress";

    pub(crate) const fn status(self) -> u16 {
        match self {
            Self::InvalidRequest | Self::ValidationError => 400,
            Self::AuthenticationRequired => 401,
            Self::PermissionDenied => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Conflict | Self::InProgress => 409,
            Self::PreconditionFailed => 412,
            Self::PayloadTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::IdempotencyMismatch => 422,
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
            Self::InProgress => Self::IN_PROGRESS,
            Self::PreconditionFailed => "precondition_failed",
            Self::IdempotencyMismatch => "idempotency_mismatch",
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
            Self::InProgress => "The request is in progress.",
            Self::PreconditionFailed => "Precondition failed.",
            Self::IdempotencyMismatch => "The idempotency key was used for another request.",
            Self::PayloadTooLarge => "Payload too large.",
            Self::UnsupportedMediaType => "Unsupported media type.",
            Self::RateLimited => "Too many requests.",
            Self::InternalError => "Internal server error.",
            Self::Unavailable => "Service unavailable.",
        }
    }
}
