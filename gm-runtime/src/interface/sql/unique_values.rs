//! The values of a write that no other row may have.

use std::sync::Arc;

use crate::condition::ConditionTree;
use crate::error::Error;
use crate::field::Value;
use crate::interface::Guard;
use crate::manager::{Description, Values};

/// The values of a write that no other row may have: the id of a new row, and then the unique fields in the order of the
/// struct. An update has the id of its row in `id`.
///
/// If several values are taken, a database names the one whose index it checked first. The error names the first of these, as
/// storage in memory does.
pub(crate) fn unique_values<'v>(
    description: &'static Description,
    id: Option<&Value>,
    values: &'v Values,
) -> impl Iterator<Item = (u16, &'v Value)> {
    let id_index = description.id_index();
    let new_id = values.get(id_index).filter(|_| id.is_none());
    let unique = values
        .iter()
        .filter(move |(field, _)| *field != id_index && description.field(*field).unique());
    new_id.map(|id| (id_index, id)).into_iter().chain(unique)
}

/// The caller's sight of the rows, if it depends on the row.
pub(crate) fn sight_of(guard: Option<&Guard>) -> Option<&Arc<ConditionTree>> {
    guard.and_then(|guard| guard.sight.as_ref())
}

/// The error of a taken value. If the caller does not see the row with the value, it learns no field.
pub(crate) fn taken_error(description: &'static Description, field: u16, is_seen: bool) -> Error {
    Error::taken(
        description.name(),
        is_seen.then(|| description.field(field).name()),
    )
}
