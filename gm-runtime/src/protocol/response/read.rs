//! Reads successful responses, as a consumer receives them.

use serde::de::DeserializeSeed;

use super::envelope::{Envelope, EnvelopeSeed};
use super::groups;
use super::metadata::{Metadata, RawPart};
use crate::error::DecodeFailure;
use crate::json::{MemoryBudget, View};
use crate::manager::{Description, Record, Records};
use crate::query::{Groups, NextPage};

/// The response to a query.
#[derive(Debug)]
pub(crate) struct PageResponse {
    pub(crate) rows: Records,
    /// The number of matching rows on all pages. A server may leave it out.
    pub(crate) total_count: Option<u64>,
    /// The number of the page, and its size. `None` if the response has all rows.
    pub(crate) page: Option<(u64, u64)>,
    /// What follows the page.
    pub(crate) next: NextPage,
    /// Whether the caller may read no row of the resource.
    pub(crate) denied: bool,
}

/// Reads the response to a query. Unknown keys are ignored at every level. At most `limit` rows and one more are kept,
/// since a response may have millions of short rows.
pub(crate) fn read_page(
    body: &[u8],
    description: &'static Description,
    protocol_version: &str,
    limit: u64,
) -> Result<PageResponse, DecodeFailure> {
    let most = usize::try_from(limit.saturating_add(1)).unwrap_or(usize::MAX);
    let envelope = read_envelope(body, description, protocol_version, most)?;
    let Metadata {
        page,
        page_size,
        denied,
        unreadable,
        next_cursor,
        ..
    } = envelope.metadata;
    let number = |number: RawPart<'_>| number.count().filter(|number| *number > 0);
    // The page is not complete.
    if let Some(rows) = number(unreadable) {
        return Err(DecodeFailure::of_response(format!(
            "the owner left out rows that it can't read ({rows} on this page); its log names them, and an update of their \
             fields repairs them"
        )));
    }
    Ok(PageResponse {
        total_count: envelope.total_count.count(),
        page: number(page).zip(number(page_size)),
        next: next_page(next_cursor),
        denied: matches!(denied.view(), View::Bool(true)),
        rows: envelope.items?,
    })
}

/// The response to a query for the numbers of rows by the values of a field.
#[derive(Debug)]
pub(crate) struct GroupsResponse {
    /// `None` if the response has no numbers.
    pub(crate) groups: Option<Groups>,
    /// Whether the caller may read no row of the resource.
    pub(crate) denied: bool,
}

/// Reads the response to a query for the numbers of rows by the values of a field.
pub(crate) fn read_groups(
    body: &[u8],
    description: &'static Description,
    protocol_version: &str,
    field: u16,
) -> Result<GroupsResponse, DecodeFailure> {
    let Metadata {
        denied,
        unreadable,
        counts,
        ..
    } = read_envelope(body, description, protocol_version, 0)?.metadata;
    if let Some(rows) = unreadable.count().filter(|rows| *rows > 0) {
        return Err(DecodeFailure::of_response(format!(
            "the owner left out {rows} rows whose value it can't read; its log names the field, and an update of the rows repairs them"
        )));
    }
    let budget = MemoryBudget::of_response(body.len());
    Ok(GroupsResponse {
        groups: groups::read(counts, description, field, budget).transpose()?,
        denied: matches!(denied.view(), View::Bool(true)),
    })
}

/// What follows a page. Anything but null and the text of a cursor is ignored, as a server without cursors may send it.
fn next_page(next_cursor: Option<RawPart<'_>>) -> NextPage {
    match next_cursor.map(RawPart::view) {
        Some(View::Null) => NextPage::End,
        Some(View::Text(text)) => text.parse().map_or(NextPage::Unknown, NextPage::At),
        _ => NextPage::Unknown,
    }
}

/// Reads the response to a detail, a create or an update. `None` if the caller may not read the row.
pub(crate) fn read_row(
    body: &[u8],
    description: &'static Description,
    protocol_version: &str,
) -> Result<Option<Record>, DecodeFailure> {
    let envelope = read_envelope(body, description, protocol_version, 2)?;
    let rows = envelope.items?;
    match rows.len() {
        0 | 1 => Ok(rows.into_first()),
        _ => Err(DecodeFailure::of_response(
            "expected one row in `items`, got more",
        )),
    }
}

fn read_envelope<'b>(
    body: &'b [u8],
    description: &'static Description,
    protocol_version: &str,
    most: usize,
) -> Result<Envelope<'b>, DecodeFailure> {
    // One check of the whole body is cheaper than the parser's check of each text.
    let text = std::str::from_utf8(body).map_err(|error| {
        let valid = error.valid_up_to();
        DecodeFailure::of_response(match error.error_len() {
            // The body ends within a character.
            None => ENDS_TOO_EARLY.to_owned(),
            Some(_) => format!("the response is not JSON: it is not UTF-8 after byte {valid}"),
        })
    })?;
    let mut json = serde_json::Deserializer::from_str(text);
    let budget = MemoryBudget::of_response(body.len());
    let envelope = EnvelopeSeed {
        description,
        most,
        budget,
    }
    .deserialize(&mut json)
    .and_then(|envelope| json.end().map(|()| envelope))
    .map_err(|error| DecodeFailure::of_response(message(&error)))?;
    match envelope.metadata.protocol_version.view() {
        View::Null => {}
        View::Text(version) if version == protocol_version => {}
        _ => {
            return Err(DecodeFailure::of_response(format!(
                "the response has another protocol version than `{protocol_version}`"
            )));
        }
    }
    Ok(envelope)
}

const ENDS_TOO_EARLY: &str = "the response's JSON ends too early; was the whole response sent?";

/// The error of the JSON, without its content.
fn message(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let place = format!("line {}, column {}", error.line(), error.column());
    match error.classify() {
        Category::Eof => ENDS_TOO_EARLY.to_owned(),
        Category::Data => {
            format!("expected an object with a list `items` of rows, and found something else at {place}")
        }
        Category::Syntax | Category::Io => format!("the response is not JSON, from {place} on"),
    }
}
