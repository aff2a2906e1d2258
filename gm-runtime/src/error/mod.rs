//! The runtime's errors.

mod conflict;
mod decode;
mod field;
pub(crate) mod operation;
mod query;
mod record;
mod remote;
pub(crate) mod request;
mod subscription;
mod transport;

use std::borrow::Cow;
use std::sync::Arc;

pub use decode::DecodeError;
pub use field::FieldError;
pub use query::QueryError;
pub use record::RecordError;
pub use remote::RemoteError;
pub use subscription::{Refusal, SubscriptionError};
pub use transport::{Phase, TransportError, TransportErrorKind};

use conflict::{TAKEN, conflict};

pub(crate) use conflict::CONFLICT;
pub(crate) use decode::DecodeFailure;
pub(crate) use operation::Operation;
pub(crate) use query::{
    patterns_take_too_long, reading_takes_too_long, response_too_large, writing_takes_too_long,
};
pub(crate) use request::{Method, RequestLine};

use crate::field::Value;

/// What can go wrong with a verb. Cheap to clone, since readers that share a request share its error.
///
/// The methods tell the kinds apart, the same way for rows of this service and of another one:
///
/// ```
/// # use gm_runtime::{Error, GeneralManager, Gm};
/// # #[derive(Clone, Debug, GeneralManager)]
/// # #[remote_manager(base_url = "http://localhost", resource = "projects")]
/// # pub struct RemoteProject { #[field(id)] pub id: i64, pub name: String }
/// async fn rename(gm: &Gm, id: i64, name: &str) -> Result<Option<RemoteProject>, Error> {
///     match RemoteProject::by_id(id).update().name(name).exec(gm).await {
///         Ok(project) => Ok(Some(project)),
///         Err(error) if error.is_not_found() => Ok(None),
///         Err(error) if error.is_invalid() => {
///             eprintln!("{name:?} is no name: {:?}", error.field_errors());
///             Err(error)
///         }
///         Err(error) => Err(error),
///     }
/// }
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no row of this id (in this service's own storage; another service's answer is [`Error::Remote`],
    /// and [`Error::is_not_found`] is true of both).
    #[error("there is no `{manager}` of id {id}")]
    NotFound {
        /// The struct's name.
        manager: &'static str,
        /// The id as it was given.
        id: IdText,
    },
    /// `one` found no row.
    #[error("no `{manager}` matches the query")]
    NoMatch {
        /// The struct's name.
        manager: &'static str,
    },
    /// `one` found more than one row.
    #[error("more than one `{manager}` matches the query; `one` wants exactly one")]
    SeveralMatch {
        /// The struct's name.
        manager: &'static str,
    },
    /// The query can't be sent.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Values do not fit their fields, or the row as a whole its manager. Made by [`Error::invalid`].
    #[error("{}", InWords(manager, errors))]
    Invalid {
        /// The struct's name.
        manager: &'static str,
        /// What is wrong, in the order of the fields: everything that is, not only the first.
        errors: Vec<FieldError>,
    },
    /// The principal may not do this.
    #[error(
        "{} `{manager}` is not permitted to this caller: look at the owner's `#[permission(..)]`, and at the token that a \
         consumer sends (`GmBuilder::bearer_token`)",
        operation.name()
    )]
    PermissionDenied {
        /// The struct's name.
        manager: &'static str,
        /// What was denied.
        operation: Operation,
    },
    /// The handle [acts as](crate::Gm::acting_as) a caller, and the manager says nothing of callers: it has no
    /// `#[permission(..)]`, as those have that are exposed. Of a consumer's manager the owner judges this service, not its
    /// callers.
    #[error(
        "`{manager}` has no `#[permission(..)]`, so that a handle that acts as a caller may do nothing with it: use the handle \
         itself, or give it rules and a `#[remote_api(..)]`"
    )]
    NoPermissions {
        /// The struct's name.
        manager: &'static str,
    },
    /// A constraint forbids the write: another row has the same, a row that it refers to is missing, or others refer to it.
    /// Made by [`Error::conflict`].
    #[error("{}", conflict(manager, *field, message))]
    Conflict {
        /// The struct's name.
        manager: &'static str,
        /// The field whose value is in conflict, where the constraint is that of one field.
        field: Option<&'static str>,
        /// What is in conflict.
        message: Arc<str>,
    },
    /// A create was carried out, and the caller may not read the row. The row is written: do not try again.
    #[error(
        "the `{manager}` was created, but its row may not be read by this caller; do not create it again"
    )]
    CreatedUnreadable {
        /// The struct's name.
        manager: &'static str,
    },
    /// An update was carried out, and the caller may not read the row.
    #[error("the `{manager}` was updated, but its row may not be read by this caller")]
    UpdatedUnreadable {
        /// The struct's name.
        manager: &'static str,
    },
    /// The handle does not know the manager.
    #[error(
        "`{manager}` is not known to this handle: add `.expose::<{manager}>()` or `.manager::<{manager}>()` to the builder"
    )]
    NotRegistered {
        /// The struct's name.
        manager: &'static str,
    },
    /// What the builder was given does not fit together.
    #[error("{0}")]
    Configuration(String),
    /// The storage can't take the request now: it is stopping, or its queue is full. Worth another try later.
    #[error("the storage is unavailable: {0}")]
    Unavailable(&'static str),
    /// The storage failed.
    #[error("the storage failed: {0:#}")]
    Storage(Arc<anyhow::Error>),
    /// A row does not fit its manager.
    #[error("`{manager}`.`{field}`: the stored value does not fit the field: {message}")]
    Record {
        /// The struct's name.
        manager: &'static str,
        /// The field's name.
        field: &'static str,
        /// What was expected.
        message: String,
    },
    /// The other service refused.
    #[error(transparent)]
    Remote(Arc<RemoteError>),
    /// The other service could not be asked, or its answer did not arrive.
    #[error(transparent)]
    Transport(Arc<TransportError>),
    /// The other service's answer could not be understood.
    #[error(transparent)]
    Decode(Arc<DecodeError>),
    /// The other service refused to tell what changes.
    #[error(transparent)]
    Subscription(Arc<SubscriptionError>),
    /// An [`InvalidationClient`](crate::InvalidationClient) was closed, or its handle was: it opens nothing.
    #[error(
        "there is no subscription: the `InvalidationClient` was closed, or its handle was; make another one"
    )]
    Closed,
}

/// `` `Project`.`name`: expected text; `Project`.`count`: this field is required ``
struct InWords<'a>(&'a str, &'a [FieldError]);

impl std::fmt::Display for InWords<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(manager, errors) = self;
        for (place, error) in errors.iter().enumerate() {
            let separator = if place > 0 { "; " } else { "" };
            let dot = if error.field().is_some() { "." } else { ": " };
            write!(f, "{separator}`{manager}`{dot}{error}")?;
        }
        Ok(())
    }
}

/// An id in the words of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdText(String);

impl IdText {
    pub(crate) fn of(id: &Value) -> Self {
        Self(match id {
            Value::Integer(id) => id.to_string(),
            Value::Uuid(id) => id.to_string(),
            Value::Text(id) => format!("{id:?}"),
            other => other.type_name().to_owned(),
        })
    }
}

impl std::fmt::Display for IdText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error {
    /// An error of an application's own storage.
    #[must_use]
    pub fn storage(source: impl Into<anyhow::Error>) -> Self {
        Self::Storage(Arc::new(source.into()))
    }

    /// A value that does not fit the field of this wire name, for an application's own storage to refuse.
    #[must_use]
    pub fn invalid(
        manager: &'static str,
        field: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Invalid {
            manager,
            errors: vec![FieldError::new(field, message)],
        }
    }

    /// A write that is in conflict with what is stored, for an application's own storage to refuse: of the field of this wire
    /// name where it is one, in these words, which the caller gets.
    #[must_use]
    pub fn conflict(
        manager: &'static str,
        field: Option<&'static str>,
        message: impl Into<Arc<str>>,
    ) -> Self {
        Self::Conflict {
            manager,
            field,
            message: message.into(),
        }
    }

    /// A write of a value that no two rows may have, or of what is unique or referred to in a way that is not known.
    pub(crate) fn taken(manager: &'static str, field: Option<&'static str>) -> Self {
        Self::conflict(manager, field, if field.is_some() { TAKEN } else { CONFLICT })
    }

    /// What is wrong with the values of a write, a field each, as this service or the other one judged it; of a conflict
    /// the field whose value another row has. Empty where the error is another one, or the other service did not say.
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
            _ => Vec::new(),
        }
    }

    /// Whether the row does not exist, here or at the other service.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::NotFound { .. } | Self::NoMatch { .. } => true,
            Self::Remote(error) => error.status() == 404,
            _ => false,
        }
    }

    /// Whether a permission denied the operation, here or at the other service.
    #[must_use]
    pub fn is_permission_denied(&self) -> bool {
        match self {
            Self::PermissionDenied { .. } | Self::NoPermissions { .. } => true,
            Self::Remote(error) => matches!(error.status(), 401 | 403),
            _ => false,
        }
    }

    /// Whether a value was refused, here or by the other service.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        match self {
            Self::Invalid { .. } => true,
            Self::Remote(error) => error.status() == 400,
            _ => false,
        }
    }

    /// Whether a constraint forbade the write, here or at the other service.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        match self {
            Self::Conflict { .. } => true,
            Self::Remote(error) => error.status() == 409,
            _ => false,
        }
    }

    /// Whether the same call may succeed later, and repeating it can't do anything twice.
    ///
    /// A write whose outcome is unknown is not retryable: it may have been carried out.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable(_) | Self::Query(QueryError::UnstablePages { .. }) => true,
            Self::Remote(error) => error.is_retryable(),
            Self::Transport(error) => error.is_retryable(),
            _ => false,
        }
    }

    /// Whether this is the error of a write that may have been carried out all the same: another service got it and did not
    /// answer, or with something else than a refusal, or this service's storage failed. Look at the rows before you write
    /// again. It says nothing where the error is that of a read of this service's storage.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        match self {
            Self::Storage(_) | Self::Record { .. } => true,
            Self::Remote(error) => error.is_outcome_unknown(),
            Self::Transport(error) => error.is_outcome_unknown(),
            Self::Decode(error) => error.is_outcome_unknown(),
            _ => false,
        }
    }

    /// The other service's answer, where this is one.
    #[must_use]
    pub fn remote(&self) -> Option<&RemoteError> {
        match self {
            Self::Remote(error) => Some(error),
            _ => None,
        }
    }
}
