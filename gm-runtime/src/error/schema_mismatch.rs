//! A struct that does not fit the schema of its owner.

use std::fmt;

use super::operation::Operation;

/// The most differences that an error has.
const MAX_DIFFERENCES: usize = 10;

/// A struct of a consumer that does not fit the schema of its owner, so that the operation can't succeed.
///
/// A consumer compares its struct with the schema of the owner once, and again when the owner's schema changes. For a read, the owner's
/// response could not be decoded, or an owner's refusal had this cause. Of a write, nothing was sent.
///
/// [`Gm::compare_schema`](crate::Gm::compare_schema) lists all differences, and
/// [`GmBuilder::check_schemas`](crate::GmBuilder::check_schemas) turns the check off.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct SchemaMismatch {
    manager: &'static str,
    operation: Operation,
    url: Box<str>,
    differences: Vec<String>,
    /// How many differences there are besides.
    further: usize,
}

impl SchemaMismatch {
    /// `url`: where the owner's schema is.
    pub(crate) fn new(
        manager: &'static str,
        operation: Operation,
        url: &str,
        differences: impl ExactSizeIterator<Item = String>,
    ) -> Self {
        let further = differences.len().saturating_sub(MAX_DIFFERENCES);
        Self {
            manager,
            operation,
            url: url.into(),
            differences: differences.take(MAX_DIFFERENCES).collect(),
            further,
        }
    }

    /// The name of the manager's struct.
    #[must_use]
    pub fn manager(&self) -> &'static str {
        self.manager
    }

    /// The operation that can't succeed.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// What differs, such as "`RemoteTicket.priority` is an integer here and text at the owner". At most ten differences.
    #[must_use]
    pub fn differences(&self) -> &[String] {
        &self.differences
    }
}

impl fmt::Display for SchemaMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            manager,
            operation,
            url,
            differences,
            further,
        } = self;
        let is_write = !matches!(operation, Operation::Filter | Operation::Detail);
        write!(
            f,
            "the operation {} of `{manager}` can't succeed",
            operation.name()
        )?;
        if is_write {
            f.write_str(", and nothing was sent")?;
        }
        write!(f, ": {}", differences.join("; "))?;
        if *further > 0 {
            write!(f, "; and {further} more differences")?;
        }
        write!(
            f,
            "; the owner's schema is at {url}: change the struct, or the owner"
        )
    }
}
