//! The judgement of a write to own storage, with the row that is stored.

use std::borrow::Cow;

use super::interface::Interface;
use super::records::{id_of, row_of};
use crate::error::Error;
use crate::field::Value;
use crate::interface::{Guard, Write, WriteRequest, judge_version};
use crate::manager::{Manager, Record, Values};

pub(super) fn id_of_write(write: &Write) -> Option<&Value> {
    match write {
        Write::Create(_) => None,
        Write::Update(id, _) | Write::Delete(id, _) => Some(id),
    }
}

/// The result of the caller's rules, and of the version that the write expects.
pub(super) enum Judged {
    /// The write is allowed.
    Allowed {
        /// The row before the write. It is read only if a rule, a field that the owner keeps, or the images of the change need
        /// it.
        before: Option<Record>,
        /// The values of an update with those of the fields that the owner keeps, if there are such fields.
        kept: Option<Values>,
    },
    /// The update changes nothing of this row, and the owner keeps fields of the manager.
    Unchanged(Record),
    /// There is no such row, or the caller may not see it.
    Missing,
}

/// Whether the caller of a write sees the row of this id. The service's own code sees each row.
pub(super) async fn is_seen<M: Manager, I: Interface<M>>(
    interface: &I,
    id: &Value,
    guard: Option<&Guard>,
) -> Result<bool, Error> {
    let Some(guard) = guard.filter(|guard| guard.sight.is_some()) else {
        return Ok(true);
    };
    let row = interface.get(&id_of::<M>(id)?).await?;
    let row = row.map(|row| row_of(&row, id)).transpose()?;
    Ok(row.is_some_and(|row| guard.sees(&row)))
}

/// Judges a write. The lock of the row is held.
pub(super) async fn judged<M: Manager, I: Interface<M>>(
    interface: &I,
    request: &WriteRequest,
) -> Result<Judged, Error> {
    let (write, guard) = (&request.write, request.guard.as_deref());
    let description = M::DESCRIPTION;
    if let (Write::Create(values), Some(guard)) = (write, guard) {
        guard.judge_new(&values.clone().into_record(description.fields().len()))?;
    }
    let is_kept = description.has_kept() && matches!(write, Write::Update(..));
    let is_judged = guard.is_some() || request.expected_version.is_some() || description.judges_changes();
    let (Some(id), true) = (id_of_write(write), is_judged || is_kept) else {
        return Ok(Judged::Allowed {
            before: None,
            kept: None,
        });
    };
    let Some(row) = interface.get(&id_of::<M>(id)?).await? else {
        return Ok(Judged::Missing);
    };
    let row = row_of(&row, id)?;
    if guard.is_some_and(|guard| !guard.sees(&row)) {
        return Ok(Judged::Missing);
    }
    let Write::Update(_, values) = write else {
        if let Some(guard) = guard {
            guard.judge_stored(&row)?;
        }
        judge_version(description, request.expected_version, &row)?;
        return Ok(Judged::Allowed {
            before: Some(row),
            kept: None,
        });
    };
    let is_changed = request.counts_as_changed || values.iter().any(|(field, value)| row.get(field) != value);
    let kept = match is_kept && is_changed {
        true => description.keep_at_update(values, &row),
        false => Ok(Cow::Borrowed(values)),
    };
    if let Some(guard) = guard {
        let updated = kept.as_deref().unwrap_or(values).updated(&row);
        guard.judge_update(&row, &updated)?;
    }
    judge_version(description, request.expected_version, &row)?;
    let kept = kept?;
    if is_kept && !is_changed {
        return Ok(Judged::Unchanged(row));
    }
    Ok(Judged::Allowed {
        before: Some(row),
        kept: is_kept.then(|| kept.into_owned()),
    })
}
