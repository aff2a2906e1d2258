//! Validation of rows as a whole: `#[manager(validate)]`.

use super::{Description, Record, Values};
use crate::error::{Error, FieldError, RecordError};
use crate::field::Value;

/// How the rows of a manager are validated, each as it would be stored.
#[derive(Clone, Copy, Debug)]
pub struct Validation {
    problems: Problems,
}

/// What is wrong with a row.
type Problems = fn(&Description, Record) -> Result<Vec<FieldError>, RecordError>;

impl Description {
    /// Refuses a row that is not valid as a whole.
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that is wrong with it.
    pub(crate) fn validate(&'static self, record: &Record) -> Result<(), Error> {
        let Some(validation) = self.validation() else {
            return Ok(());
        };
        let problems =
            (validation.problems)(self, record.clone()).map_err(|error| Error::record(self, error))?;
        self.refuse(problems)
    }

    /// The same for a row that is to be made of these values. An id that the storage will assign is 0.
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

    /// The same for a row with these values changed; one that nothing changes is not looked at.
    pub(crate) fn validate_changed(&'static self, mut row: Record, values: &Values) -> Result<(), Error> {
        if values.iter().all(|(field, value)| row.get(field) == value) {
            return Ok(());
        }
        for (field, value) in values.iter() {
            row.set(field, value.clone());
        }
        self.validate(&row)
    }
}

/// The rules of a struct that derives `garde::Validate`.
#[cfg(feature = "garde")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no rules to be validated by",
    label = "this struct has no `#[derive(garde::Validate)]`",
    note = "add `#[derive(garde::Validate)]` to `{Self}`, of garde 0.23 and without a context"
)]
pub trait Validated {
    /// What is wrong with the row.
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

/// The validation of a struct by its rules of garde.
#[cfg(feature = "garde")]
#[doc(hidden)]
#[must_use]
pub const fn validation<M: super::Manager + Validated>() -> Validation {
    Validation {
        problems: |description, record| {
            let report = M::from_record(record)?.report();
            let problems = report.into_inner();
            Ok(problems
                .iter()
                .map(|(path, error)| problem(description, &path.to_string(), error.message()))
                .collect())
        },
    }
}

/// Validation, which the features do not allow.
#[cfg(not(feature = "garde"))]
#[doc(hidden)]
#[must_use]
#[track_caller]
#[expect(
    clippy::panic,
    reason = "evaluated while a manager's crate is compiled, where a panic is a compile error"
)]
pub const fn validation<M: super::Manager>() -> Validation {
    panic!("`#[manager(validate)]` needs gm-runtime's feature `garde`")
}

/// garde names fields as Rust does, and says where inside one: `tags[0].text`.
#[cfg(feature = "garde")]
fn problem(description: &Description, path: &str, message: &str) -> FieldError {
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
