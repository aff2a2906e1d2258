//! The failure of a request that a gateway forwarded.

use super::error_code::ErrorCode;
use super::failure::{Detail, Failure, OUTCOME_UNKNOWN, RETRY_AFTER_SECONDS};
use crate::error::{Error, RemoteError, TransportErrorKind};
use crate::manager::Description;

/// The most bytes of another service's details that are forwarded.
const MAX_REMOTE_DETAILS: usize = 8 * 1024;
/// The most bytes of one of their messages.
const MAX_REMOTE_MESSAGE: usize = 500;
/// The bytes of a detail besides its texts: `{"field":"","message":""},`.
const DETAIL_OVERHEAD: usize = 26;

/// The keys of a request that `details` may name, besides fields.
const KEYS: [&str; 10] = [
    "filters",
    "excludes",
    "ordering",
    "page",
    "page_size",
    "cursor",
    "count",
    "count_by",
    "operation",
    "__metadata__",
];

/// Whether this part of a request is a field, a lookup or an ordering of the manager, or a key.
fn knows(description: &Description, part: &str) -> bool {
    let has = |name: &str| description.field_index(name).is_some();
    let name = part.strip_prefix('-').unwrap_or(part);
    let field = name.rsplit_once("__").map_or(name, |(field, _)| field);
    has(name) || has(field) || KEYS.contains(&part)
}

impl Failure {
    /// The failure of a request to another service. That service's refusals are forwarded, with their details. Faults
    /// between the two services are not shown to the caller.
    pub(super) fn of_gateway(error: Error) -> Self {
        if let Error::Transport(transport) = &error
            && matches!(transport.kind(), TransportErrorKind::ResponseTooLarge { .. })
            && transport.is_query()
        {
            return Self::invalid_field("page_size", "the page has too many bytes; request fewer rows");
        }
        let code = Self::code_of_gateway(&error);
        let details = if code == ErrorCode::InternalError && error.is_outcome_unknown() {
            vec![Detail::new(None, OUTCOME_UNKNOWN)]
        } else {
            Vec::new()
        };
        let remote = error.remote();
        let requested = remote.and_then(RemoteError::retry_after);
        Self {
            details,
            remote_errors: remote.map(RemoteError::field_errors).unwrap_or_default(),
            retry_after: requested.map_or(RETRY_AFTER_SECONDS, |time| {
                u32::try_from(time.as_secs())
                    .unwrap_or(u32::MAX)
                    .max(RETRY_AFTER_SECONDS)
            }),
            is_final: match &error {
                Error::Remote(remote) => remote.is_final(),
                Error::Transport(transport) => transport.is_final(),
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

    /// Forwards the details from another service, within a limit of bytes. Details that name a field which the manager
    /// lacks are dropped.
    pub(crate) fn add_remote_details(&mut self, description: &Description) {
        let mut bytes_left = MAX_REMOTE_DETAILS;
        let errors = std::mem::take(&mut self.remote_errors).into_iter();
        let known = errors.filter(|error| error.field().is_none_or(|part| knows(description, part)));
        self.details.extend(known.map_while(|error| {
            let end = error.message().floor_char_boundary(MAX_REMOTE_MESSAGE);
            let message = error.message().get(..end).unwrap_or_default();
            let detail = Detail::new(error.field(), message.to_owned());
            let bytes = message.len() + detail.field.as_ref().map_or(0, String::len);
            bytes_left = bytes_left.checked_sub(bytes + DETAIL_OVERHEAD)?;
            Some(detail)
        }));
    }

    /// The code for the caller. Codes that ask for a retry are used only if a retry has no effect twice, and may help.
    fn code_of_gateway(error: &Error) -> ErrorCode {
        match error {
            Error::Remote(remote) if remote.is_in_progress() => ErrorCode::InProgress,
            error if error.is_outcome_unknown() => ErrorCode::InternalError,
            Error::Remote(remote) => match remote.status() {
                400 if remote.error_code() == Some(ErrorCode::ValidationError.name()) => {
                    ErrorCode::ValidationError
                }
                // A proxy gives 414 if it accepts only shorter URLs.
                400 | 414 => ErrorCode::InvalidRequest,
                403 => ErrorCode::PermissionDenied,
                404 => ErrorCode::NotFound,
                409 => ErrorCode::Conflict,
                412 => ErrorCode::PreconditionFailed,
                413 => ErrorCode::PayloadTooLarge,
                422 if remote.error_code() == Some(ErrorCode::IdempotencyMismatch.name()) => {
                    ErrorCode::IdempotencyMismatch
                }
                429 => ErrorCode::RateLimited,
                // A broken service of the contract, such as a gateway that can't read a row of its owner.
                500 if remote.error_code() == Some(ErrorCode::InternalError.name()) => {
                    ErrorCode::InternalError
                }
                408 | 500..=599 => ErrorCode::Unavailable,
                // The owner does not accept this gateway, for example because of a wrong token.
                _ => ErrorCode::InternalError,
            },
            Error::Transport(transport) if transport.is_retryable() => ErrorCode::Unavailable,
            // No request was sent, so a retry has no effect twice.
            Error::Credential(credential) if credential.is_retryable() => ErrorCode::Unavailable,
            // A response that can't be read would be the same after a retry.
            _ => ErrorCode::InternalError,
        }
    }
}
