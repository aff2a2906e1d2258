//! The records and ids of own storage, from the types of its manager and back.

use super::checks::check_id;
use crate::error::Error;
use crate::field::{FieldType, Value};
use crate::manager::{Manager, Record};

/// The record of a row, with its values in the form that every storage gives.
pub(super) fn record_of<M: Manager>(row: &M) -> Result<Record, Error> {
    M::DESCRIPTION.normalize_record(row.to_record())
}

/// The record of a row, which must have this id.
pub(super) fn row_of<M: Manager>(row: &M, id: &Value) -> Result<Record, Error> {
    let row = record_of(row)?;
    check_id(M::DESCRIPTION, &row, id)?;
    Ok(row)
}

/// The id, in the type of the manager.
pub(super) fn id_of<M: Manager>(id: &Value) -> Result<M::Id, Error> {
    M::Id::from_value(id.clone()).map_err(|error| M::DESCRIPTION.invalid(M::DESCRIPTION.id_index(), error))
}
