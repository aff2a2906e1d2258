//! Rows as JSON, written directly into the bytes that are sent.

use std::ops::Range;

use super::cursor::NextCursor;
use super::values;
use crate::error::{Error, QueryError};
use crate::field::Value;
use crate::manager::{Description, FieldDescription, FieldSet, Record};
use crate::query::{KnownRow, RecordPage};

/// The usual size of an item in bytes, by which the memory of a response is allocated.
pub(super) const USUAL_ITEM: usize = 128;
pub(super) const USUAL_ENVELOPE: usize = 192;
/// The most rows for which memory is allocated in advance.
const USUAL_ROWS: usize = 1_000;

/// Rows as JSON: the beginning of a response, up to the last row.
#[derive(Debug)]
pub(crate) struct Items {
    json: Vec<u8>,
    rows: usize,
    /// The number of rows that are left out, since they can't be decoded.
    left_out: u64,
    /// Where the version of the last row is, if its writer writes one.
    version: Range<usize>,
}

/// The rows of a page as JSON, with its total and size.
#[derive(Debug)]
pub(crate) struct ItemsPage {
    pub(crate) items: Items,
    pub(crate) total_count: Option<u64>,
    pub(crate) page_size: Option<u64>,
    /// What follows the page.
    pub(crate) next: NextCursor,
}

impl ItemsPage {
    /// The page, with its rows written.
    pub(crate) fn of(page: &RecordPage, writer: &RowWriter) -> Result<Self, Error> {
        Ok(Self {
            items: writer.items(KnownRow::each(&page.rows))?,
            total_count: page.total_count,
            page_size: page.page_size,
            next: NextCursor::of(writer.description, &page.next, page.rows.last()),
        })
    }

    /// One row, without a total or a size.
    pub(crate) fn of_row(row: &Record, writer: &RowWriter) -> Result<Self, Error> {
        writer.items(std::iter::once(row.into())).map(Self::from)
    }

    /// A page without rows, for a caller who may read none.
    pub(crate) fn without_rows(count: bool, page_size: Option<u64>) -> Self {
        Self {
            items: Items::of(0),
            total_count: count.then_some(0),
            page_size,
            next: NextCursor::Unknown,
        }
    }

    /// A copy for one more response.
    pub(crate) fn copy(&self) -> Self {
        Self {
            items: self.items.copy(),
            next: self.next.clone(),
            ..*self
        }
    }
}

impl From<Items> for ItemsPage {
    fn from(items: Items) -> Self {
        Self {
            items,
            total_count: None,
            page_size: None,
            next: NextCursor::Unknown,
        }
    }
}

/// Writes fields of the rows of one manager as JSON, up to a number of bytes.
#[derive(Debug)]
pub(crate) struct RowWriter {
    description: &'static Description,
    max_bytes: usize,
    /// The places of the fields that are written, with the JSON before each value: `{"id":`, `,"name":`.
    keys: Vec<(u16, Vec<u8>)>,
    /// The places of the computed fields that are written, among the computed fields.
    computed: Vec<usize>,
    /// The JSON before the value of each of them.
    computed_keys: Vec<Vec<u8>>,
    /// The place of the version, if the rows have one.
    version: Option<u16>,
}

impl RowWriter {
    /// A writer of these fields, which are never none: every caller may read the id.
    pub(crate) fn new(description: &'static Description, fields: &FieldSet, max_bytes: usize) -> Self {
        let written = (0_u16..).zip(description.fields());
        let keys = written
            .filter(|(place, _)| fields.contains(*place))
            .enumerate()
            .map(|(number, (place, field))| {
                let start = if number == 0 { b'{' } else { b',' };
                (place, key(start, field))
            })
            .collect();
        let stored = description.fields().len();
        let computed = (0_u16..).skip(stored).zip(description.computed());
        let (computed, computed_keys) = computed
            .enumerate()
            .filter(|(_, (place, _))| fields.contains(*place))
            .map(|(place, (_, computed))| (place, key(b',', computed.field())))
            .unzip();
        Self {
            description,
            max_bytes,
            keys,
            computed,
            computed_keys,
            version: description.version_index(),
        }
    }

    /// The writer of the same fields without these. Computed fields need the whole row, so there are none.
    fn without(&self, unknown: &[u16]) -> Self {
        let is_written = |field| self.keys.iter().any(|(place, _)| *place == field);
        let is_left = |field| is_written(field) && !unknown.contains(&field);
        let fields = FieldSet::of(self.description, is_left);
        Self::new(self.description, &fields, self.max_bytes)
    }

    /// Whether a row is written with computed fields, which need the values of the whole row.
    pub(crate) fn has_computed(&self) -> bool {
        !self.computed.is_empty()
    }

    /// Appends a row of these values, with its computed fields. One that can't be computed is left out.
    ///
    /// # Errors
    /// [`QueryError::ResponseSize`], like [`row`](Self::row).
    pub(crate) fn record(&self, items: &mut Items, row: &[Value]) -> Result<(), Error> {
        let computed = self.description.compute(row, &self.computed);
        let computed = self.computed_keys.iter().zip(&computed);
        let computed = computed.filter_map(|(key, value)| Some((key, value.as_ref()?)));
        let value = |place: u16, out: &mut Vec<u8>| {
            values::write(row.get(usize::from(place)).unwrap_or(&Value::Null), out);
            Ok(())
        };
        self.write(items, value, computed)
    }

    /// Appends a row without computed fields. `value` appends the value of the field at this place of the description.
    ///
    /// # Errors
    /// Those of `value`, after which nothing of the row is left, and [`QueryError::ResponseSize`] for the row that
    /// exceeds the limit. So at most one row is held beyond the limit.
    pub(crate) fn row(
        &self,
        items: &mut Items,
        value: impl FnMut(u16, &mut Vec<u8>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.write(items, value, std::iter::empty())
    }

    fn write<'w>(
        &self,
        items: &mut Items,
        mut value: impl FnMut(u16, &mut Vec<u8>) -> Result<(), Error>,
        computed: impl Iterator<Item = (&'w Vec<u8>, &'w Value)>,
    ) -> Result<(), Error> {
        let out = &mut items.json;
        let start = out.len();
        if items.rows > 0 {
            out.push(b',');
        }
        for (place, key) in &self.keys {
            out.extend_from_slice(key);
            let start_of_value = out.len();
            if let Err(error) = value(*place, out) {
                out.truncate(start);
                return Err(error);
            }
            if Some(*place) == self.version {
                items.version = start_of_value..out.len();
            }
        }
        for (key, value) in computed {
            out.extend_from_slice(key);
            values::write(value, out);
        }
        out.push(b'}');
        if out.len() > self.max_bytes {
            return Err(Error::Query(QueryError::ResponseSize {
                manager: self.description.name(),
                limit: self.max_bytes,
                rows: items.rows,
            }));
        }
        items.rows += 1;
        Ok(())
    }

    /// Writes these rows without their unknown fields, which the owner behind a gateway left out.
    pub(crate) fn items<'r>(
        &self,
        rows: impl ExactSizeIterator<Item = KnownRow<'r>>,
    ) -> Result<Items, Error> {
        let mut items = Items::of(rows.len().min(USUAL_ROWS));
        let mut partial: Option<(&[u16], Self)> = None;
        for KnownRow { row, unknown } in rows {
            if unknown.is_empty() {
                self.record(&mut items, row)?;
                continue;
            }
            let (_, writer) = match partial.take_if(|(fields, _)| *fields == unknown) {
                Some(known) => partial.insert(known),
                None => partial.insert((unknown, self.without(unknown))),
            };
            writer.record(&mut items, row)?;
        }
        Ok(items)
    }
}

/// The name of a field with the JSON around it.
fn key(start: u8, field: &FieldDescription) -> Vec<u8> {
    let mut key = vec![start];
    // Text always serializes, and a vector always takes it.
    let _ = serde_json::to_writer(&mut key, field.name());
    key.push(b':');
    key
}

impl Items {
    /// No rows, with room for this many.
    pub(crate) fn of(rows: usize) -> Self {
        let mut json = Vec::with_capacity(USUAL_ENVELOPE + rows * USUAL_ITEM);
        json.extend_from_slice(b"{\"items\":[");
        Self {
            json,
            rows: 0,
            left_out: 0,
            version: 0..0,
        }
    }

    /// Counts a row that can't be decoded, in place of the row.
    pub(crate) fn leave_out(&mut self) {
        self.left_out = self.left_out.saturating_add(1);
    }

    /// Whether there are rows and every one is left out.
    pub(crate) fn is_all_left_out(&self) -> bool {
        self.rows == 0 && self.left_out > 0
    }

    /// The bytes of memory that the JSON takes.
    pub(crate) fn size(&self) -> usize {
        self.json.capacity()
    }

    /// The version of the last row. `None` if the rows have none, or the caller may not read it.
    pub(crate) fn version(&self) -> Option<i64> {
        let text = self.json.get(self.version.clone())?;
        std::str::from_utf8(text).ok()?.parse().ok()
    }

    /// A copy of the rows for one more response, with room for its rest.
    pub(crate) fn copy(&self) -> Self {
        let mut json = Vec::with_capacity(USUAL_ENVELOPE + self.json.len());
        json.extend_from_slice(&self.json);
        Self {
            json,
            rows: self.rows,
            left_out: self.left_out,
            version: self.version.clone(),
        }
    }

    /// The JSON with the list closed, and the number of rows that are left out.
    pub(super) fn close(mut self) -> (Vec<u8>, u64) {
        self.json.push(b']');
        (self.json, self.left_out)
    }
}
