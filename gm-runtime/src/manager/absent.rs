//! The fields that another service left out of a row.

use std::sync::Arc;

/// The fields that another service left out of a row, since this service may not read them there, or the other service does not
/// know them.
///
/// Their values are unknown. A rule that took them for null would accept rows by `!=` and `is_null` that it is there to hide.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct AbsentFields {
    /// `None` for no field, as in almost all rows. Thin, since every row has one.
    fields: Option<Arc<Vec<u16>>>,
}

impl AbsentFields {
    /// These fields.
    pub(super) fn new(fields: &[u16]) -> Self {
        Self {
            fields: (!fields.is_empty()).then(|| Arc::new(fields.to_vec())),
        }
    }

    /// The indices of the fields.
    pub(crate) fn as_slice(&self) -> &[u16] {
        self.fields.as_ref().map_or(&[], |fields| fields)
    }

    pub(super) fn remove(&mut self, field: u16) {
        if self.as_slice().contains(&field)
            && let Some(fields) = &mut self.fields
        {
            Arc::make_mut(fields).retain(|absent| *absent != field);
        }
    }
}

/// The absent fields of each row of a list.
#[derive(Clone, Debug, Default)]
pub(super) struct AbsentInRows {
    /// The fields of a row and of those behind it, up to the next entry. Usually all rows lack the same fields.
    runs: Vec<(usize, AbsentFields)>,
}

impl AbsentInRows {
    /// The absent fields of the row at this place.
    pub(super) fn of_row(&self, place: usize) -> &[u16] {
        let end = self.runs.partition_point(|(start, _)| *start <= place);
        let run = end.checked_sub(1).and_then(|run| self.runs.get(run));
        run.map_or(&[], |(_, fields)| fields.as_slice())
    }

    /// Sets the absent fields of the last row, which is at this place.
    pub(super) fn set_last(&mut self, place: usize, fields: &[u16]) {
        if self.of_row(place) != fields {
            self.runs.push((place, AbsentFields::new(fields)));
        }
    }

    /// The absent fields of the first row.
    pub(super) fn into_first(self) -> AbsentFields {
        let first = self.runs.into_iter().next();
        first
            .filter(|(start, _)| *start == 0)
            .map_or_else(AbsentFields::default, |(_, fields)| fields)
    }
}
