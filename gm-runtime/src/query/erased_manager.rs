//! The vtable of a manager.

use std::any::{Any, TypeId};
use std::sync::Arc;

use super::{ErasedPage, ErasedRows, Fingerprint, Fingerprints, RecordPage};
use crate::error::Error;
use crate::field::FieldType as _;
use crate::manager::{Description, Manager, Record, Records, decode_row};

/// A shared row of some `M`, without its type.
pub(crate) type ErasedRow = Arc<dyn Any + Send + Sync>;

/// The vtable of a manager: the functions of its type that reads and writes need. The code behind the verbs uses this type,
/// so it is compiled once and not for each manager.
#[derive(Debug)]
pub(crate) struct ErasedManager {
    pub(crate) type_id: TypeId,
    pub(crate) description: &'static Description,
    row: fn(&mut Record) -> Result<ErasedRow, Error>,
    rows: fn(&mut Records) -> Result<ErasedRows, Error>,
    /// The last row of a page, with values in the form of the Rust types.
    pub(crate) last_row: fn(&ErasedPage) -> Option<Record>,
    /// The fingerprints of the rows of a page.
    pub(crate) fingerprints: fn(&ErasedPage, &Fingerprints) -> Vec<Fingerprint>,
}

impl ErasedManager {
    pub(crate) const fn of<M: Manager>() -> &'static Self {
        const {
            &Self {
                type_id: TypeId::of::<M>(),
                description: M::DESCRIPTION,
                row: row::<M>,
                rows: rows::<M>,
                last_row: last_row::<M>,
                fingerprints: fingerprints::<M>,
            }
        }
    }

    /// Decodes a row.
    pub(crate) fn row(&self, mut record: Record) -> Result<ErasedRow, Error> {
        (self.row)(&mut record)
    }

    /// Decodes the rows of a page.
    pub(crate) fn page(&self, mut page: RecordPage) -> Result<Arc<ErasedPage>, Error> {
        let count = page.rows.len() as u64;
        let rows = (self.rows)(&mut page.rows)?;
        let page = ErasedPage::new(rows, count, page.total_count, page.page_size, page.next);
        Ok(Arc::new(page))
    }
}

fn row<M: Manager>(record: &mut Record) -> Result<ErasedRow, Error> {
    match decode_row::<M>(record.values_mut()) {
        Ok(row) => Ok(Arc::new(row)),
        Err(error) => Err(Error::record(M::DESCRIPTION, error)),
    }
}

fn rows<M: Manager>(records: &mut Records) -> Result<ErasedRows, Error> {
    let mut rows = Vec::<M>::with_capacity(records.len());
    for values in records.iter_mut() {
        match decode_row(values) {
            Ok(row) => rows.push(row),
            Err(error) => return Err(Error::record(M::DESCRIPTION, error)),
        }
    }
    Ok(Box::new(rows))
}

fn last_row<M: Manager>(page: &ErasedPage) -> Option<Record> {
    page.rows::<M>().last().map(Manager::to_record)
}

fn fingerprints<M: Manager>(page: &ErasedPage, fingerprints: &Fingerprints) -> Vec<Fingerprint> {
    let rows = page.rows::<M>().iter();
    let fingerprint = |row: &M| {
        let record = fingerprints.needs_values().then(|| row.to_record());
        let values = record.as_ref().map(Record::values).unwrap_or_default();
        fingerprints.of_row(row.id().to_value(), values)
    };
    rows.map(fingerprint).collect()
}
