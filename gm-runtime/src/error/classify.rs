//! The classification of errors, the same for rows of this service and of another one.

use super::conflict::{CONFLICT, OF_NO_OTHER_ROW};
use super::{Error, FieldError, QueryError, RemoteError, TransactionError};

impl Error {
    /// The errors of single fields of a write, from this service or the other one. For a conflict, the field whose value another
    /// row has. For a refusal of the other service, the field that the caller may not write. Empty for other errors, and if the
    /// other service did not give them.
    #[must_use]
    pub fn field_errors(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid { errors, .. } => errors.clone(),
            Self::Conflict {
                field: Some(field),
                message,
                ..
            } => vec![FieldError::new(*field, message.to_string())],
            Self::Conflict {
                field: None, message, ..
            } if **message != *CONFLICT => vec![FieldError::of_row(message.to_string())],
            Self::Remote(error) => error.field_errors(),
            Self::Bulk { error, .. } => error.field_errors(),
            _ => Vec::new(),
        }
    }

    /// Whether the row does not exist, in this service or the other one.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::NotFound { .. } | Self::NoMatch { .. } => true,
            Self::Remote(error) => error.status() == 404,
            Self::Bulk { error, .. } => error.is_not_found(),
            _ => false,
        }
    }

    /// Whether the permissions of this service or the other one denied the operation.
    #[must_use]
    pub fn is_permission_denied(&self) -> bool {
        match self {
            Self::PermissionDenied { .. } | Self::FieldDenied { .. } | Self::NoPermissions { .. } => true,
            Self::Remote(error) => matches!(error.status(), 401 | 403),
            Self::Bulk { error, .. } => error.is_permission_denied(),
            _ => false,
        }
    }

    /// Whether this service or the other one refused a value.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        match self {
            Self::Invalid { .. } => true,
            Self::Remote(error) => error.status() == 400,
            Self::Bulk { error, .. } => error.is_invalid(),
            _ => false,
        }
    }

    /// Whether a constraint of this service or the other one forbade the write.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        match self {
            Self::Conflict { .. } => true,
            Self::Remote(error) => error.status() == 409 && !error.is_in_progress(),
            Self::Bulk { error, .. } => error.is_conflict(),
            _ => false,
        }
    }

    /// Whether the row has another version than the write expects, in this service or the other one. [`Error::Stale`] shows how to
    /// write again.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        match self {
            Self::Stale { .. } => true,
            Self::Remote(error) => error.status() == 412,
            Self::Bulk { error, .. } => error.is_stale(),
            _ => false,
        }
    }

    /// Whether it is a conflict that may tell with which other row of the manager.
    pub(crate) fn may_tell_of_other_rows(&self) -> bool {
        match self {
            Self::Conflict { message, .. } => !OF_NO_OTHER_ROW.contains(&&**message),
            error => error.is_conflict(),
        }
    }

    /// Whether a retry may succeed and can't have an effect twice.
    ///
    /// A write with an unknown outcome is not retryable.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable(_)
            | Self::Transaction(TransactionError::Conflict { .. })
            | Self::Query(QueryError::UnstablePages { .. } | QueryError::EndlessCursors { .. }) => true,
            Self::Remote(error) => error.is_retryable(),
            Self::Transport(error) => error.is_retryable(),
            Self::Credential(error) => error.is_retryable(),
            _ => false,
        }
    }

    /// Whether a write with this error may have been carried out. Read the rows before you write again.
    ///
    /// This is the case if another service received the write and did not respond, if its response was not a refusal, if the
    /// storage of this service failed, and if the connection to its database broke during the commit. For an error of a read of this service's storage the result has no meaning.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        match self {
            Self::Storage(_) | Self::Record { .. } | Self::OutcomeUnknown { .. } => true,
            Self::Transaction(error) => *error == TransactionError::OutcomeUnknown,
            Self::Remote(error) => error.is_outcome_unknown(),
            Self::Transport(error) => error.is_outcome_unknown(),
            Self::Decode(error) => error.is_outcome_unknown(),
            _ => false,
        }
    }

    /// The idempotency key that the write carried to the other service. `None` without one, and for an error of this service.
    ///
    /// A write with a key is retried by the client. If its outcome [is unknown](Self::is_outcome_unknown) all the same, the same write
    /// with the same key finds it out: [`WriteFuture::idempotency_key`](crate::verbs::WriteFuture::idempotency_key).
    #[must_use]
    pub fn idempotency_key(&self) -> Option<&str> {
        match self {
            Self::Remote(error) => error.idempotency_key(),
            Self::Transport(error) => error.idempotency_key(),
            Self::Decode(error) => error.idempotency_key(),
            _ => None,
        }
    }

    /// The response of the other service, if it has a status other than success.
    #[must_use]
    pub fn remote(&self) -> Option<&RemoteError> {
        match self {
            Self::Remote(error) => Some(error),
            _ => None,
        }
    }
}
