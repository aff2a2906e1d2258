//! The errors of the values of a write.

use std::borrow::Cow;
use std::fmt;

/// An error of one field of a write, or of the row as a whole.
///
/// [`Error::field_errors`](crate::Error::field_errors) returns them. On the wire they are the `details` of a validation error.
///
/// ```
/// # use gm_runtime::{GeneralManager, Gm};
/// # #[derive(Clone, Debug, GeneralManager)]
/// # #[database(table = "projects")]
/// # pub struct Project { #[field(id)] pub id: i64, #[field(max_length = 50)] pub name: String, pub status: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), gm_runtime::Error> {
/// # let gm = Gm::builder().in_memory::<Project>().build().await?;
/// let project = ProjectCreate { name: "a".repeat(51), status: "active".into() };
/// let error = Project::create(project).exec(&gm).await.unwrap_err();
/// let errors = error.field_errors();
/// assert_eq!(errors[0].field(), Some("name"));
/// assert_eq!(errors[0].message(), "expected at most 50 characters");
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    field: Option<Cow<'static, str>>,
    message: Cow<'static, str>,
}

impl FieldError {
    /// An error of the field with this name on the wire.
    #[must_use]
    pub fn new(field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            field: Some(field.into()),
            message: message.into(),
        }
    }

    /// An error of the row as a whole.
    #[must_use]
    pub fn of_row(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            field: None,
            message: message.into(),
        }
    }

    /// The field's name on the wire. `None` for an error of the row as a whole.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// What was expected, such as `expected at most 5 characters`.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "`{field}`: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// The message of several errors: `` `Project`.`name`: expected text; `Project`.`count`: this field is required ``.
pub(super) struct FieldErrors<'a>(pub(super) &'a str, pub(super) &'a [FieldError]);

impl fmt::Display for FieldErrors<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(manager, errors) = self;
        for (index, error) in errors.iter().enumerate() {
            let separator = if index > 0 { "; " } else { "" };
            let dot = if error.field().is_some() { "." } else { ": " };
            write!(f, "{separator}`{manager}`{dot}{error}")?;
        }
        Ok(())
    }
}
