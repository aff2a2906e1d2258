//! The judgement of a write with the stored row.

use std::borrow::Cow;

use super::old_row::OldRow;
use crate::error::Error;
use crate::field::Value;
use crate::interface::{WriteRequest, Written, judge_version};
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

/// The values that an update changes.
pub(crate) struct Changes<'v> {
    /// The values of the update, with those of the fields that the owner keeps.
    pub(crate) values: Cow<'v, Values>,
    /// The fields whose stored values are others.
    pub(crate) fields: Vec<u16>,
}

impl Changes<'_> {
    /// The changed fields and their new values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u16, &Value)> {
        let value = |field: &u16| Some((*field, self.values.get(*field)?));
        self.fields.iter().filter_map(value)
    }
}

/// Judges an update with the stored row.
///
/// # Errors
/// A stored value does not fit its field, and the update does not set the field.
pub(crate) fn judge_update<'v>(
    description: &'static Description,
    old: &mut OldRow,
    values: &'v Values,
    request: &WriteRequest,
) -> Result<JudgedWrite<Changes<'v>>, Error> {
    let guard = request.guard.as_deref();
    if guard.is_some_and(|guard| !guard.sees(old.known())) {
        return Ok(JudgedWrite::Answered(Written::Missing));
    }
    let is_different =
        |field: u16, value: &Value| field != description.id_index() && old.differs(field, value);
    let mut pairs = values.iter();
    let kept = match request.counts_as_changed || pairs.any(|(field, value)| is_different(field, value)) {
        true => description.keep_at_update(values, old.row()),
        false => Ok(Cow::Borrowed(values)),
    };
    if let Some(guard) = guard {
        let (row, unknown) = &old.with_values(kept.as_deref().unwrap_or(values));
        let row = row.values();
        if let Err(denied) = guard.judge_update(old.known(), KnownRow { row, unknown }) {
            return Ok(JudgedWrite::Refused(denied));
        }
    }
    if let Err(stale) = judge_version(description, request.expected_version, old.row()) {
        return Ok(JudgedWrite::Refused(stale));
    }
    let values = match kept {
        Ok(values) => values,
        Err(refused) => return Ok(JudgedWrite::Refused(refused)),
    };
    let fields = values.iter().filter(|(field, value)| is_different(*field, value));
    let fields: Vec<u16> = fields.map(|(field, _)| field).collect();
    old.require_readable(&values)?;
    if fields.is_empty() {
        let row = old.take_row();
        if request.counts_as_changed
            && let Err(invalid) = description.validate(&row)
        {
            return Ok(JudgedWrite::Refused(invalid));
        }
        return Ok(JudgedWrite::Answered(Written::Row(row)));
    }
    Ok(JudgedWrite::Write(Changes { values, fields }))
}

/// Judges a deletion with the stored row. The row is absent if there is none.
pub(crate) fn judge_delete(
    description: &Description,
    old: Option<&OldRow>,
    request: &WriteRequest,
) -> JudgedWrite<()> {
    let guard = request.guard.as_deref();
    let sees = |old: &&OldRow| guard.is_none_or(|guard| guard.sees(old.known()));
    let Some(old) = old.filter(sees) else {
        return JudgedWrite::Answered(Written::Missing);
    };
    let permitted = guard.map_or(Ok(()), |guard| guard.judge_stored(old.known()));
    match permitted.and_then(|()| judge_version(description, request.expected_version, old.row())) {
        Ok(()) => JudgedWrite::Write(()),
        Err(refused) => JudgedWrite::Refused(refused),
    }
}

/// Whether a deletion is judged with the stored row.
pub(crate) fn judges_delete(request: &WriteRequest) -> bool {
    request.guard.is_some() || request.expected_version.is_some()
}

/// The row of a create. Its id is null if the database assigns one and `assigned_id` is `None`.
pub(crate) fn created_row(description: &Description, values: Values, assigned_id: Option<i64>) -> Record {
    let mut row = values.into_record(description.fields().len());
    if let Some(id) = assigned_id {
        row.set(description.id_index(), Value::Integer(id));
    }
    row
}
