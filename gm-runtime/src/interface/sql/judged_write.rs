//! The judgement of a write with the stored row.

use super::old_row::OldRow;
use crate::error::Error;
use crate::field::Value;
use crate::interface::{Guard, Written};
use crate::manager::{Description, Record, Values};
use crate::query::KnownRow;

/// What a judged write of a stored row does next.
pub(crate) enum JudgedWrite<T> {
    /// Nothing is written, and this is the answer.
    Answered(Written),
    /// The caller's rules refuse the write. Nothing is to be undone.
    Refused(Error),
    /// This is written.
    Write(T),
}

/// The fields that an update changes, with their new values.
pub(crate) type Changes<'v> = Vec<(u16, &'v Value)>;

/// Judges an update with the stored row.
///
/// # Errors
/// A stored value does not fit its field, and the update does not set the field.
pub(crate) fn judge_update<'v>(
    description: &Description,
    old: &mut OldRow,
    values: &'v Values,
    guard: Option<&Guard>,
) -> Result<JudgedWrite<Changes<'v>>, Error> {
    if let Some(guard) = guard {
        if !guard.sees(old.known()) {
            return Ok(JudgedWrite::Answered(Written::Missing));
        }
        let (row, unknown) = &old.with_values(values);
        let row = row.values();
        if let Err(denied) = guard.judge_update(old.known(), KnownRow { row, unknown }) {
            return Ok(JudgedWrite::Refused(denied));
        }
    }
    old.require_readable(values)?;
    let different: Changes<'_> = values
        .iter()
        .filter(|(field, value)| *field != description.id_index() && old.differs(*field, value))
        .collect();
    if different.is_empty() {
        return Ok(JudgedWrite::Answered(Written::Row(old.take_row())));
    }
    Ok(JudgedWrite::Write(different))
}

/// Judges the deletion of a stored row by a caller. The row is absent if there is none.
pub(crate) fn judge_delete(old: Option<&OldRow>, guard: &Guard) -> JudgedWrite<()> {
    let Some(old) = old.filter(|old| guard.sees(old.known())) else {
        return JudgedWrite::Answered(Written::Missing);
    };
    match guard.judge_stored(old.known()) {
        Ok(()) => JudgedWrite::Write(()),
        Err(denied) => JudgedWrite::Refused(denied),
    }
}

/// The row of a create. Its id is null if the database assigns one and `assigned_id` is `None`.
pub(crate) fn created_row(description: &Description, values: Values, assigned_id: Option<i64>) -> Record {
    let mut row = values.into_record(description.fields().len());
    if let Some(id) = assigned_id {
        row.set(description.id_index(), Value::Integer(id));
    }
    row
}
