//! Replies, written straight into the bytes that are sent.

use serde::Serialize;
use serde_json::Value as Json;

use super::failure::{Detail, Failure};
use super::values;
use crate::error::{Error, QueryError};
use crate::field::Value;
use crate::manager::Description;
use crate::query::Select;

/// What a reply says of the exchange that it belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exchange<'a> {
    pub(crate) protocol_version: &'a str,
    pub(crate) request_id: &'a str,
}

/// What a query's reply says of the page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageOf<'a> {
    pub(crate) total_count: Option<u64>,
    pub(crate) ordering: &'a Json,
    /// Absent with the size, where the reply holds every row.
    pub(crate) page: Option<u64>,
    pub(crate) page_size: Option<u64>,
    /// Whether the caller may read nothing of the resource.
    pub(crate) denied: bool,
    /// Keys of the query that are not known.
    pub(crate) ignored: &'a [String],
}

/// Bytes that an item usually takes: the first guess at a reply's size.
const USUAL_ITEM: usize = 128;
const USUAL_ENVELOPE: usize = 192;
/// The most rows for which room is made before they are written.
const USUAL_ROWS: usize = 1_000;

/// Rows as JSON: what a reply begins with, up to the last row.
#[derive(Debug)]
pub(crate) struct Items {
    json: Vec<u8>,
    rows: usize,
    /// How many rows belong here that can't be read.
    left_out: u64,
}

/// The rows of a page as JSON, and what was said about them.
#[derive(Debug)]
pub(crate) struct ItemsPage {
    pub(crate) items: Items,
    pub(crate) total_count: Option<u64>,
    pub(crate) page_size: Option<u64>,
}

impl ItemsPage {
    /// The page of a caller who may read nothing.
    pub(crate) fn without_rows(select: &Select) -> Self {
        Self {
            items: Items::of(0),
            total_count: select.count.then_some(0),
            page_size: select.page_size,
        }
    }
}

/// Writes the rows of one manager as JSON, up to a number of bytes.
#[derive(Debug)]
pub(crate) struct RowWriter {
    manager: &'static str,
    max_bytes: usize,
    /// What stands in front of each value: `{"id":`, `,"name":`.
    keys: Vec<Vec<u8>>,
}

impl RowWriter {
    pub(crate) fn new(description: &Description, max_bytes: usize) -> Self {
        let keys = description
            .fields()
            .iter()
            .enumerate()
            .map(|(place, field)| {
                let mut key = vec![if place == 0 { b'{' } else { b',' }];
                json(&mut key, field.name());
                key.push(b':');
                key
            })
            .collect();
        Self {
            manager: description.name(),
            max_bytes,
            keys,
        }
    }

    /// Appends a row whose values are written by the caller, each by its place in the description; nothing of one that fails.
    /// A row with which the answer is too large is an error, so that no more than one row is ever held beyond the bound.
    pub(crate) fn row(
        &self,
        items: &mut Items,
        mut value: impl FnMut(u16, &mut Vec<u8>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let out = &mut items.json;
        let start = out.len();
        if items.rows > 0 {
            out.push(b',');
        }
        for (place, key) in (0_u16..).zip(&self.keys) {
            out.extend_from_slice(key);
            if let Err(error) = value(place, out) {
                out.truncate(start);
                return Err(error);
            }
        }
        out.push(b'}');
        if out.len() > self.max_bytes {
            return Err(Error::Query(QueryError::AnswerSize {
                manager: self.manager,
                limit: self.max_bytes,
                rows: items.rows,
            }));
        }
        items.rows += 1;
        Ok(())
    }

    /// These rows.
    pub(crate) fn items<'r>(&self, rows: impl ExactSizeIterator<Item = &'r [Value]>) -> Result<Items, Error> {
        let mut items = Items::of(rows.len().min(USUAL_ROWS));
        for row in rows {
            self.row(&mut items, |place, out| {
                values::write(row.get(usize::from(place)).unwrap_or(&Value::Null), out);
                Ok(())
            })?;
        }
        Ok(items)
    }
}

impl Items {
    /// No rows yet, with room for this many.
    pub(crate) fn of(rows: usize) -> Self {
        let mut json = Vec::with_capacity(USUAL_ENVELOPE + rows * USUAL_ITEM);
        json.extend_from_slice(b"{\"items\":[");
        Self {
            json,
            rows: 0,
            left_out: 0,
        }
    }

    /// Says that a row belongs here that can't be read.
    #[cfg(feature = "sqlite")]
    pub(crate) fn leave_out(&mut self) {
        self.left_out = self.left_out.saturating_add(1);
    }

    /// Whether there are rows, and none of them can be read.
    #[cfg(feature = "sqlite")]
    pub(crate) fn is_all_left_out(&self) -> bool {
        self.rows == 0 && self.left_out > 0
    }

    /// The bytes that it holds in memory.
    #[cfg(feature = "client")]
    pub(crate) fn size(&self) -> usize {
        self.json.capacity()
    }

    /// The same rows for one more reply, with room for the rest of it.
    #[cfg(feature = "client")]
    pub(crate) fn copy(&self) -> Self {
        let mut json = Vec::with_capacity(USUAL_ENVELOPE + self.json.len());
        json.extend_from_slice(&self.json);
        Self {
            json,
            rows: self.rows,
            left_out: self.left_out,
        }
    }

    /// `{"items": [..], "total_count": .., "metadata": {..}}`
    pub(crate) fn page(self, page: PageOf<'_>, exchange: Exchange<'_>) -> Vec<u8> {
        let left_out = self.left_out;
        let mut out = self.close();
        if let Some(total_count) = page.total_count {
            out.extend_from_slice(b",\"total_count\":");
            json(&mut out, &total_count);
        }
        metadata(&mut out, exchange);
        out.extend_from_slice(b",\"ordering\":");
        json(&mut out, page.ordering);
        out.extend_from_slice(b",\"page\":");
        json(&mut out, &page.page);
        out.extend_from_slice(b",\"page_size\":");
        json(&mut out, &page.page_size);
        if page.denied {
            out.extend_from_slice(b",\"denied\":true");
        }
        if !page.ignored.is_empty() {
            out.extend_from_slice(b",\"ignored\":");
            json(&mut out, page.ignored);
        }
        if left_out > 0 {
            out.extend_from_slice(b",\"unreadable\":");
            json(&mut out, &left_out);
        }
        out.extend_from_slice(b"}}");
        out
    }

    /// `{"items": [..], "metadata": {..}}`
    pub(crate) fn reply(self, exchange: Exchange<'_>) -> Vec<u8> {
        let mut out = self.close();
        metadata(&mut out, exchange);
        out.extend_from_slice(b"}}");
        out
    }

    fn close(mut self) -> Vec<u8> {
        self.json.push(b']');
        self.json
    }
}

/// `{"error": .., "error_code": .., "metadata": {..}, "details": {..}}`. The details are the first thing that is wrong;
/// where there are more, `errors` lists them all.
pub(crate) fn failure(failure: &Failure, exchange: Exchange<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(USUAL_ENVELOPE + USUAL_ITEM);
    out.extend_from_slice(b"{\"error\":");
    json(&mut out, failure.code.sentence());
    out.extend_from_slice(b",\"error_code\":");
    json(&mut out, failure.code.name());
    metadata(&mut out, exchange);
    out.push(b'}');
    if let Some(first) = failure.details.first() {
        out.extend_from_slice(b",\"details\":{");
        detail(&mut out, first);
        if failure.details.len() > 1 {
            for (place, each) in failure.details.iter().enumerate() {
                let start: &[u8] = if place == 0 { b",\"errors\":[{" } else { b",{" };
                out.extend_from_slice(start);
                detail(&mut out, each);
                out.push(b'}');
            }
            out.push(b']');
        }
        out.push(b'}');
    }
    out.push(b'}');
    out
}

fn detail(out: &mut Vec<u8>, detail: &Detail) {
    if let Some(field) = &detail.field {
        out.extend_from_slice(b"\"field\":");
        json(out, field);
        out.push(b',');
    }
    out.extend_from_slice(b"\"message\":");
    json(out, detail.message.as_ref());
}

/// `,"metadata":{..`: the caller closes the brace, since a page says more.
fn metadata(out: &mut Vec<u8>, exchange: Exchange<'_>) {
    out.extend_from_slice(b",\"metadata\":{\"protocol_version\":");
    json(out, exchange.protocol_version);
    out.extend_from_slice(b",\"request_id\":");
    json(out, exchange.request_id);
}

fn json(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    // Text, numbers and JSON always serialize, and a vector always takes them.
    let _ = serde_json::to_writer(out, value);
}
