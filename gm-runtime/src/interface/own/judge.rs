//! The judgement of a write to own storage, with the row that is stored.

use super::interface::Interface;
use super::records::{id_of, row_of};
use crate::error::Error;
use crate::field::Value;
use crate::interface::{Guard, Write};
use crate::manager::{Manager, Record};

pub(super) fn id_of_write(write: &Write) -> Option<&Value> {
    match write {
        Write::Create(_) => None,
        Write::Update(id, _) | Write::Delete(id, _) => Some(id),
    }
}

/// The result of the caller's rules.
pub(super) enum Judged {
    /// The write is allowed. The row before it is read only if a rule or the images of the change need it.
    Allowed(Option<Record>),
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

/// Judges a write by the caller's rules. The lock of the row is held.
pub(super) async fn judged<M: Manager, I: Interface<M>>(
    interface: &I,
    write: &Write,
    guard: Option<&Guard>,
) -> Result<Judged, Error> {
    if let (Write::Create(values), Some(guard)) = (write, guard) {
        let fields = M::DESCRIPTION.fields().len();
        guard.judge_new(&values.clone().into_record(fields))?;
    }
    let (Some(id), true) = (
        id_of_write(write),
        guard.is_some() || M::DESCRIPTION.judges_changes(),
    ) else {
        return Ok(Judged::Allowed(None));
    };
    let Some(row) = interface.get(&id_of::<M>(id)?).await? else {
        return Ok(Judged::Missing);
    };
    let row = row_of(&row, id)?;
    let Some(guard) = guard else {
        return Ok(Judged::Allowed(Some(row)));
    };
    if !guard.sees(&row) {
        return Ok(Judged::Missing);
    }
    match write {
        Write::Update(_, values) => guard.judge_update(&row, &values.updated(&row))?,
        Write::Create(_) | Write::Delete(..) => guard.judge_stored(&row)?,
    }
    Ok(Judged::Allowed(Some(row)))
}
