//! The validation of whole rows: `#[manager(validate)]`.

use super::{Description, Record, Values};
use crate::error::{Error, FieldError, RecordError};
use crate::field::Value;

/// The validation of a manager's rows, as they would be stored.
#[derive(Clone, Copy, Debug)]
pub struct Validation {
    find_errors: FindErrors,
}

/// The errors of a row.
type FindErrors = fn(&Description, Record) -> Result<Vec<FieldError>, RecordError>;

impl Description {
    /// Validates a row as a whole.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all errors of the row.
    pub(crate) fn validate(&'static self, record: &Record) -> Result<(), Error> {
        let Some(validation) = self.validation() else {
            return Ok(());
        };
        let errors =
            (validation.find_errors)(self, record.clone()).map_err(|error| Error::record(self, error))?;
        self.refuse(errors)
    }

    /// Validates a new row of these values. An id that the storage assigns is 0.
    pub(crate) fn validate_new(&'static self, values: &Values) -> Result<(), Error> {
        if self.validation().is_none() {
            return Ok(());
        }
        let fields = 0..u16::try_from(self.fields().len()).unwrap_or(u16::MAX);
        let value = |field| values.get(field).cloned().unwrap_or(Value::Null);
        let mut row = Record::new(fields.map(value).collect());
        if self.id_assigned() {
            row.set(self.id_index(), Value::Integer(0));
        }
        self.validate(&row)
    }

    /// Validates a row with these changed values. A row without a change is not validated.
    pub(crate) fn validate_changed(&'static self, row: &Record, values: &Values) -> Result<(), Error> {
        if self.validation().is_none() || values.iter().all(|(field, value)| row.get(field) == value) {
            return Ok(());
        }
        self.validate(&values.updated(row))
    }
}

/// The rules of a struct that derives `garde::Validate`.
#[cfg(feature = "garde")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no validation rules",
    label = "this struct has no `#[derive(garde::Validate)]`",
    note = "add `#[derive(garde::Validate)]` to `{Self}`, of garde 0.23 without a context"
)]
pub trait Validated {
    /// The errors of the row.
    #[doc(hidden)]
    fn report(&self) -> garde::Report;
}

#[cfg(feature = "garde")]
#[diagnostic::do_not_recommend]
impl<T: garde::Validate<Context = ()>> Validated for T {
    fn report(&self) -> garde::Report {
        self.validate().err().unwrap_or_else(garde::Report::new)
    }
}

/// The validation of a struct by its garde rules.
#[cfg(feature = "garde")]
#[doc(hidden)]
#[must_use]
pub const fn validation<M: super::Manager + Validated>() -> Validation {
    Validation {
        find_errors: |description, record| {
            let report = M::from_record(record)?.report();
            let errors = report.into_inner();
            Ok(errors
                .iter()
                .map(|(path, error)| field_error(description, &path.to_string(), error.message()))
                .collect())
        },
    }
}

/// A compile error: the feature `garde` is off.
#[cfg(not(feature = "garde"))]
#[doc(hidden)]
#[must_use]
#[track_caller]
#[expect(
    clippy::panic,
    reason = "a panic in const evaluation is a compile error of the manager"
)]
pub const fn validation<M: super::Manager>() -> Validation {
    panic!("`#[manager(validate)]` needs gm-runtime's feature `garde`")
}

/// The error of a field. garde has the field's Rust name, followed by the path inside the field: `tags[0].text`.
#[cfg(feature = "garde")]
fn field_error(description: &Description, path: &str, message: &str) -> FieldError {
    let (ident, inside) = path.split_at(path.find(['.', '[']).unwrap_or(path.len()));
    let ident = ident.strip_prefix("r#").unwrap_or(ident);
    let field = description.fields().iter().find(|field| field.ident() == ident);
    let inside = inside.strip_prefix('.').unwrap_or(inside);
    let message = match (field, inside) {
        (Some(_), "") => message.to_owned(),
        (Some(_), inside) => format!("{inside}: {message}"),
        (None, _) if path.is_empty() => message.to_owned(),
        (None, _) => format!("{path}: {message}"),
    };
    match field {
        Some(field) => FieldError::new(field.name(), message),
        None => FieldError::of_row(message),
    }
}
