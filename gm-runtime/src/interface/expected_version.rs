//! The judgement of a write by the version that it expects.

use crate::error::{Error, IdText};
use crate::field::Value;
use crate::manager::{Description, Record};

/// Refuses a write that expects another version than that of the stored row.
///
/// # Errors
/// [`Error::Stale`], also for a version that can't be read.
pub(crate) fn judge_version(
    description: &Description,
    expected: Option<i64>,
    row: &Record,
) -> Result<(), Error> {
    let Some(expected) = expected else {
        return Ok(());
    };
    let version = description.version_index().map(|field| row.get(field));
    if version == Some(&Value::Integer(expected)) {
        return Ok(());
    }
    Err(Error::Stale {
        manager: description.name(),
        id: IdText::of(row.get(description.id_index())),
    })
}
