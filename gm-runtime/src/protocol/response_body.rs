//! Writes the bodies of responses, directly into the bytes that are sent.

use serde::Serialize;
use serde_json::Value as Json;

use super::cursor::NextCursor;
use super::failure::{Detail, Failure};
use super::groups_json::GroupsJson;
use super::items::{Items, USUAL_ENVELOPE, USUAL_ITEM};
use crate::schema::ResourceSchema;

/// The exchange to which a response belongs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exchange<'a> {
    pub(crate) protocol_version: &'a str,
    pub(crate) request_id: &'a str,
}

/// The metadata of the response to a query.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageMetadata<'a> {
    pub(crate) total_count: Option<u64>,
    pub(crate) ordering: &'a Json,
    /// Absent, as is the size, if the response has every row.
    pub(crate) page: Option<u64>,
    pub(crate) page_size: Option<u64>,
    /// What follows the page.
    pub(crate) next: &'a NextCursor,
    /// Whether the caller may read no row of the resource.
    pub(crate) denied: bool,
    /// The unknown keys of the query.
    pub(crate) ignored: &'a [String],
    /// The numbers of rows by the values of a field, if they were requested.
    pub(crate) counts: Option<&'a GroupsJson>,
}

impl Items {
    /// `{"items": [..], "total_count": .., "metadata": {..}}`
    pub(crate) fn page(self, page: PageMetadata<'_>, exchange: Exchange<'_>) -> Vec<u8> {
        let (mut out, left_out) = self.close();
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
        match page.next {
            NextCursor::Unknown => {}
            NextCursor::End => out.extend_from_slice(b",\"next_cursor\":null"),
            NextCursor::At(cursor) => {
                out.extend_from_slice(b",\"next_cursor\":");
                json(&mut out, cursor);
            }
        }
        if page.denied {
            out.extend_from_slice(b",\"denied\":true");
        }
        if !page.ignored.is_empty() {
            out.extend_from_slice(b",\"ignored\":");
            json(&mut out, page.ignored);
        }
        if let Some(groups) = page.counts {
            out.extend_from_slice(b",\"counts\":");
            out.extend_from_slice(&groups.json);
        }
        let left_out = page.counts.map_or(left_out, |groups| groups.unreadable);
        if left_out > 0 {
            out.extend_from_slice(b",\"unreadable\":");
            json(&mut out, &left_out);
        }
        out.extend_from_slice(b"}}");
        out
    }

    /// `{"items": [..], "metadata": {..}}`
    pub(crate) fn response(self, exchange: Exchange<'_>) -> Vec<u8> {
        let (mut out, _) = self.close();
        metadata(&mut out, exchange);
        out.extend_from_slice(b"}}");
        out
    }
}

/// `{"results": [{"items": [..], "metadata": {..}}, ..], "metadata": {..}}`
pub(crate) fn batch(results: &[Vec<u8>], exchange: Exchange<'_>) -> Vec<u8> {
    let bytes: usize = results.iter().map(|result| result.len().saturating_add(1)).sum();
    let mut out = Vec::with_capacity(USUAL_ENVELOPE.saturating_add(bytes));
    out.extend_from_slice(b"{\"results\":[");
    for (place, result) in results.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        out.extend_from_slice(result);
    }
    out.push(b']');
    metadata(&mut out, exchange);
    out.extend_from_slice(b"}}");
    out
}

/// `{"resources": [..], "metadata": {..}}`
pub(crate) fn schema(resources: &[ResourceSchema], exchange: Exchange<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(USUAL_ENVELOPE);
    out.extend_from_slice(b"{\"resources\":");
    json(&mut out, resources);
    metadata(&mut out, exchange);
    out.extend_from_slice(b"}}");
    out
}

/// `{"error": .., "error_code": .., "metadata": {..}, "details": {..}}`. The details are
/// the first error. Where there are several, `errors` lists them all. `operation` is the place of an operation
/// of a batch.
pub(crate) fn failure(failure: &Failure, operation: Option<usize>, exchange: Exchange<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(USUAL_ENVELOPE + USUAL_ITEM);
    out.extend_from_slice(b"{\"error\":");
    json(&mut out, failure.code.sentence());
    out.extend_from_slice(b",\"error_code\":");
    json(&mut out, failure.code.name());
    metadata(&mut out, exchange);
    out.push(b'}');
    if operation.is_some() || !failure.details.is_empty() {
        details(&mut out, failure, operation);
    }
    out.push(b'}');
    out
}

/// `,"details":{"operation": .., "field": .., "message": .., "errors": [..]}`
fn details(out: &mut Vec<u8>, failure: &Failure, operation: Option<usize>) {
    out.extend_from_slice(b",\"details\":{");
    if let Some(place) = operation {
        out.extend_from_slice(b"\"operation\":");
        json(out, &place);
    }
    if let Some(first) = failure.details.first() {
        if operation.is_some() {
            out.push(b',');
        }
        detail(out, first);
    }
    if failure.details.len() > 1 {
        for (place, each) in failure.details.iter().enumerate() {
            let start: &[u8] = if place == 0 { b",\"errors\":[{" } else { b",{" };
            out.extend_from_slice(start);
            detail(out, each);
            out.push(b'}');
        }
        out.push(b']');
    }
    out.push(b'}');
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

/// `,"metadata":{..`. The caller closes the brace, since a page has more metadata.
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
