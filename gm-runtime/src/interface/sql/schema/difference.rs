//! Differences between a table and the declarations of its managers.

use std::fmt;

use super::target_column::TargetColumn;
use crate::manager::Description;

/// One difference. `C` is a change of a table, which each database makes in its own way.
#[derive(Debug)]
pub(crate) struct Difference<C> {
    pub(crate) table: &'static str,
    pub(crate) manager: &'static Description,
    pub(crate) field: Option<&'static str>,
    /// What exists, what the manager declares, and the consequence.
    pub(crate) message: String,
    pub(crate) severity: Severity,
    pub(crate) remedy: Remedy<C>,
}

/// Whether the manager can use the table as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    /// Statements would fail, or a declaration would not hold.
    Error,
    /// The table works, unless other programs store what its definition allows and the manager can't read.
    Warning,
}

/// The statement that removes a difference.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Remedy<C> {
    AddColumn(TargetColumn),
    CreateIndex(TargetColumn),
    /// A change that is printed for an error, and not for a warning alone. A foreign key is added for a warning, too.
    Change(C),
    /// A person has to decide.
    None,
}

impl<C> fmt::Display for Difference<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.manager.name())?;
        if let Some(field) = self.field {
            write!(f, ".`{field}`")?;
        }
        // A name or a default may contain line breaks, which would begin a line of a log or of a script.
        let message = self.message.replace(char::is_control, " ");
        write!(f, " in the table `{}`: {message}", self.table)
    }
}
