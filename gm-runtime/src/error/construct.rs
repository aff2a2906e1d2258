//! The constructors of errors.

use std::borrow::Cow;
use std::sync::Arc;

use super::conflict::{CONFLICT, TAKEN};
use super::{BulkRow, Error, FieldError, IdText};
use crate::field::FieldType;

impl Error {
    /// A failure of an application's own storage.
    #[must_use]
    pub fn storage(source: impl Into<anyhow::Error>) -> Self {
        Self::Storage(Arc::new(source.into()))
    }

    /// The refusal of a value by an application's own storage, for the field with this name on the wire.
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

    /// The refusal of a write by an application's own storage, since it conflicts with a stored row.
    ///
    /// `field` is the name on the wire, if the conflict is about one field. The caller receives `message`.
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

    /// The refusal of an update or a delete by an application's own storage, since the row of this id has another version than the
    /// write expects. Storage that only one process writes need not compare versions, since the framework does.
    #[must_use]
    pub fn stale(manager: &'static str, id: &impl FieldType) -> Self {
        Self::Stale {
            manager,
            id: IdText::of(&id.to_value()),
        }
    }

    /// The error of a row as that of a write of many rows. An error that is no fault of the row stays as it is.
    pub(crate) fn of_row(manager: &'static str, row: BulkRow, error: Self) -> Self {
        match error {
            Self::Query(_) | Self::Unavailable(_) | Self::Storage(_) | Self::OutcomeUnknown { .. } => error,
            error => Self::Bulk {
                manager,
                row,
                error: Arc::new(error),
            },
        }
    }

    /// A conflict with a unique field. Without a field, the violated constraint is not known.
    pub(crate) fn taken(manager: &'static str, field: Option<&'static str>) -> Self {
        Self::conflict(manager, field, if field.is_some() { TAKEN } else { CONFLICT })
    }
}
