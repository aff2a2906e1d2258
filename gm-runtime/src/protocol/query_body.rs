//! Reads the body of a query.

use serde_json::Value as Json;

use super::failure::{Failure, shortened};
use super::query_lookups::{LookupReader, QueryLimits, Readable, integer, too_many_lookups};
use super::query_ordering;
use crate::json::{Members, RawJson, View};
use crate::manager::{Api, Description, FieldSet};
use crate::query::{Cursor, Select};

/// A query, as it was received.
#[derive(Debug)]
pub(crate) struct QueryBody {
    /// The rows to read. The page and its size are absent if the caller leaves them open.
    pub(crate) select: Select,
    /// The field by whose values the rows are counted. `None` for a query for rows.
    pub(crate) count_by: Option<u16>,
    /// The ordering as it was sent, for the response.
    pub(crate) ordering: Json,
    /// The first unknown keys.
    pub(crate) ignored: Vec<String>,
}

/// How many unknown keys a response names.
const MAX_IGNORED: usize = 10;

/// The greatest page number (R-paging).
const MAX_PAGE: u64 = i64::MAX as u64;

/// The keys of a query's body. Null is the same as absent. Of a repeated key the last one counts.
#[derive(Default)]
struct Keys<'b> {
    operation: Option<RawJson<'b>>,
    count: Option<RawJson<'b>>,
    filters: Option<RawJson<'b>>,
    excludes: Option<RawJson<'b>>,
    ordering: Option<RawJson<'b>>,
    page: Option<RawJson<'b>>,
    page_size: Option<RawJson<'b>>,
    cursor: Option<RawJson<'b>>,
    count_by: Option<RawJson<'b>>,
    ignored: Vec<String>,
}

impl<'b> Keys<'b> {
    fn of(body: Members<'b>, api: &Api) -> Self {
        let mut keys = Self::default();
        for (key, value) in body {
            let slot = match &*key {
                "operation" => &mut keys.operation,
                "count" => &mut keys.count,
                "filters" => &mut keys.filters,
                "excludes" => &mut keys.excludes,
                "ordering" => &mut keys.ordering,
                "page" => &mut keys.page,
                "page_size" => &mut keys.page_size,
                "cursor" => &mut keys.cursor,
                // Unknown to an owner that does not announce it.
                "count_by" if api.counts() => &mut keys.count_by,
                unknown => {
                    let name = shortened(unknown);
                    if keys.ignored.len() < MAX_IGNORED && !keys.ignored.contains(&name) {
                        keys.ignored.push(name);
                    }
                    continue;
                }
            };
            *slot = Some(value).filter(|value| !value.is_null());
        }
        keys
    }
}

/// Reads the body of a query. Unknown keys are ignored, and their values are not parsed. Nothing exists for the
/// caller that is not readable.
pub(crate) fn read(
    body: Members<'_>,
    description: &'static Description,
    readable: Readable<'_>,
    api: &Api,
    limits: QueryLimits,
) -> Result<QueryBody, Failure> {
    let keys = Keys::of(body, api);
    match keys.operation.map(RawJson::view) {
        None => {}
        Some(View::Text(operation)) if operation == "list" => {}
        Some(_) => return Err(Failure::invalid_field("operation", "expected \"list\"")),
    }
    let count = match keys.count.map(RawJson::view) {
        None => true,
        Some(View::Bool(count)) => count,
        Some(_) => return Err(Failure::invalid_field("count", "expected true or false")),
    };
    let mut lookups = LookupReader::new(description, readable, api, limits);
    let filters = lookups.read("filters", keys.filters)?;
    let excludes = lookups.read("excludes", keys.excludes)?;
    if filters.len() + excludes.len() > limits.lookups {
        return Err(too_many_lookups(limits));
    }
    let page = paging("page", keys.page, MAX_PAGE)?;
    let page_size = paging("page_size", keys.page_size, api.max_page_size())?;
    let after = keys.cursor.map(cursor).transpose()?;
    if after.is_some() && page.is_some() {
        return Err(Failure::invalid_field(
            "cursor",
            "expected either `cursor` or `page`",
        ));
    }
    let count_by = match keys.count_by {
        None => None,
        Some(_) if page.or(page_size).is_some() || after.is_some() || keys.ordering.is_some() => {
            return Err(Failure::invalid_field(
                "count_by",
                "expected no `ordering`, `page`, `page_size` and `cursor` beside it",
            ));
        }
        Some(field) => Some(counted_field(field, description, readable.fields)?),
    };
    let mut select = Select::new();
    select.filters = filters;
    select.excludes = excludes;
    let (orders, ordering) = match keys.ordering {
        None => (Vec::new(), Json::Null),
        Some(ordering) => query_ordering::read(ordering, description, readable.fields)?,
    };
    select.ordering = orders;
    select.page = page;
    select.page_size = page_size;
    select.first_page = page.is_none() && after.is_none();
    select.after = after;
    select.count = count;
    select.canonicalize();
    description
        .normalize_select(&mut select)
        .map_err(Failure::of_query)?;
    Ok(QueryBody {
        select,
        count_by,
        ordering,
        ignored: keys.ignored,
    })
}

impl QueryBody {
    /// The number of the page. It has no meaning for a page behind a cursor, which has no size in the response either.
    pub(crate) fn page(&self) -> u64 {
        self.select.page.unwrap_or(1)
    }
}

/// The field by whose values the rows are counted. Its values are no secret of a query that may filter by it.
fn counted_field(
    name: RawJson<'_>,
    description: &'static Description,
    fields: &FieldSet,
) -> Result<u16, Failure> {
    let View::Text(name) = name.view() else {
        return Err(Failure::invalid_field("count_by", "expected a field"));
    };
    let field = fields
        .index_of(description, &name)
        .filter(|field| description.field(*field).value_type().is_ordered())
        .ok_or_else(|| Failure::invalid_field(&name, "there is no such field to count by"))?;
    match description.field(field).filter() {
        true => Ok(field),
        false => Err(Failure::invalid_field(
            &name,
            "the rows can't be counted by this field",
        )),
    }
}

/// The text of a cursor, which the storage reads.
fn cursor(value: RawJson<'_>) -> Result<Cursor, Failure> {
    let expected = || Failure::invalid_field("cursor", "expected the text of a `next_cursor`");
    match value.view() {
        View::Text(text) => text.parse().map_err(|_| expected()),
        _ => Err(expected()),
    }
}

fn paging(name: &str, value: Option<RawJson<'_>>, max: u64) -> Result<Option<u64>, Failure> {
    value
        .map(|value| {
            integer(value)
                .and_then(|value| u64::try_from(value).ok())
                .filter(|value| (1..=max).contains(value))
                .ok_or_else(|| Failure::invalid_field(name, format!("expected an integer from 1 to {max}")))
        })
        .transpose()
}
