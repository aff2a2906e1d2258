//! Whether the managers of one table keep the same columns.
//!
//! An update by a manager without the version of the table would not raise it. Then another editor's update, which expects the
//! version that it read, would overwrite that update unnoticed.

use crate::error::Error;
use crate::manager::{Description, FieldDescription, Kept};

/// Refuses managers of a table of which one keeps a version or the time of the last update, and another one does not.
pub(super) fn check(table: &str, managers: &[&'static Description]) -> Result<(), Error> {
    for manager in managers {
        for field in manager.fields() {
            let Some(kept @ (Kept::Version | Kept::Updated)) = field.kept() else {
                continue;
            };
            if let Some(other) = managers.iter().find(|other| !keeps(other, field, kept)) {
                let (column, name) = (field.column(), argument(kept));
                return Err(Error::Configuration(format!(
                    "`{0}`.`{1}` is the column `{column}` of the table `{table}`, which the owner keeps as `{name}`, and `{2}` shares \
                     the table without it, so that an update of a `{2}` would not change it: add a field with \
                     `#[field({name}, column = \"{column}\")]` to `{2}`",
                    manager.name(),
                    field.name(),
                    other.name(),
                )));
            }
        }
    }
    Ok(())
}

fn keeps(manager: &Description, field: &FieldDescription, kept: Kept) -> bool {
    let mut fields = manager.fields().iter();
    fields.any(|other| other.kept() == Some(kept) && other.column().eq_ignore_ascii_case(field.column()))
}

fn argument(kept: Kept) -> &'static str {
    match kept {
        Kept::Version => "version",
        Kept::Created => "created",
        Kept::Updated => "updated",
        Kept::Computed => "computed",
    }
}
