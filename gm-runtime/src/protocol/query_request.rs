//! Writes the body of a query, for the consumer.

use super::values;
use crate::error::QueryError;
use crate::manager::Description;
use crate::query::{Cursor, Direction, Lookup, Operand, Select, check_lookups};

/// The page that a query requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paging<'a> {
    page: Option<u64>,
    page_size: Option<u64>,
    cursor: Option<&'a Cursor>,
    /// Whether the total is not requested. The first page always requests it, to know the number of pages.
    uncounted: bool,
}

impl<'a> Paging<'a> {
    /// The page that the query itself requests.
    pub(crate) fn of(select: &'a Select) -> Self {
        Self {
            page: select.page,
            page_size: select.page_size,
            cursor: select.after.as_ref(),
            uncounted: (select.is_page() || select.first_page) && !select.count,
        }
    }

    /// The number of the requested page.
    pub(crate) fn page(self) -> Option<u64> {
        self.page
    }

    /// Whether a page size is requested.
    pub(crate) fn is_sized(self) -> bool {
        self.page_size.is_some()
    }

    /// This page of this size, with or without the total.
    pub(crate) fn exactly(page: u64, page_size: u64, counted: bool) -> Self {
        Self {
            page: Some(page),
            page_size: Some(page_size),
            cursor: None,
            uncounted: !counted,
        }
    }

    /// The page behind this cursor, without the total.
    pub(crate) fn behind(cursor: &'a Cursor, page_size: Option<u64>) -> Self {
        Self {
            page: None,
            page_size,
            cursor: Some(cursor),
            uncounted: true,
        }
    }

    /// Whether the page is behind a cursor.
    pub(crate) fn has_cursor(self) -> bool {
        self.cursor.is_some()
    }
}

/// The JSON of a query, always with `filters` and `excludes`.
///
/// # Errors
/// [`QueryError::Conflict`] for a lookup with two values, since the owner would ignore the first one.
pub(crate) fn query_body(
    description: &'static Description,
    select: &Select,
    paging: Paging<'_>,
) -> Result<Vec<u8>, QueryError> {
    let mut out = Vec::with_capacity(128);
    out.extend_from_slice(b"{\"filters\": ");
    write_lookups(description, &select.filters, &mut out)?;
    out.extend_from_slice(b", \"excludes\": ");
    write_lookups(description, &select.excludes, &mut out)?;
    write_ordering(description, select, &mut out);
    for (name, value) in [("page", paging.page), ("page_size", paging.page_size)] {
        if let Some(value) = value {
            out.extend_from_slice(format!(", \"{name}\": {value}").as_bytes());
        }
    }
    if let Some(cursor) = paging.cursor {
        out.extend_from_slice(b", \"cursor\": ");
        values::write_text(cursor.as_str(), &mut out);
    }
    if paging.uncounted {
        out.extend_from_slice(b", \"count\": false");
    }
    out.push(b'}');
    Ok(out)
}

/// The JSON of a query for the numbers of rows by the values of a field.
///
/// # Errors
/// Those of [`query_body`].
pub(crate) fn groups_body(
    description: &'static Description,
    select: &Select,
    field: u16,
) -> Result<Vec<u8>, QueryError> {
    let mut out = Vec::with_capacity(128);
    out.extend_from_slice(b"{\"filters\": ");
    write_lookups(description, &select.filters, &mut out)?;
    out.extend_from_slice(b", \"excludes\": ");
    write_lookups(description, &select.excludes, &mut out)?;
    out.extend_from_slice(b", \"count_by\": ");
    values::write_text(description.field(field).name(), &mut out);
    out.push(b'}');
    Ok(out)
}

fn write_lookups(
    description: &'static Description,
    lookups: &[Lookup],
    out: &mut Vec<u8>,
) -> Result<(), QueryError> {
    check_lookups(lookups, description)?;
    out.push(b'{');
    for (place, lookup) in lookups.iter().enumerate() {
        if place > 0 {
            out.extend_from_slice(b", ");
        }
        values::write_text(&description.lookup_name(lookup), out);
        out.extend_from_slice(b": ");
        match &lookup.innermost().operand {
            Operand::Value(value) => values::write(value, out),
            Operand::List(list) => write_list(out, list, values::write),
            Operand::Flag(flag) => out.extend_from_slice(if *flag { b"true" } else { b"false" }),
            Operand::Number(number) => out.extend_from_slice(number.to_string().as_bytes()),
            // The innermost lookup compares a value.
            Operand::Related(_) => out.extend_from_slice(b"null"),
        }
    }
    out.push(b'}');
    Ok(())
}

/// Writes one field as text, and several as a list.
fn write_ordering(description: &Description, select: &Select, out: &mut Vec<u8>) {
    let names: Vec<String> = select
        .ordering
        .iter()
        .map(|order| {
            let name = description.field(order.field).name();
            match order.direction {
                Direction::Ascending => name.to_owned(),
                Direction::Descending => format!("-{name}"),
            }
        })
        .collect();
    match names.as_slice() {
        [] => {}
        [name] => {
            out.extend_from_slice(b", \"ordering\": ");
            values::write_text(name, out);
        }
        names => {
            out.extend_from_slice(b", \"ordering\": ");
            write_list(out, names, |name, out| values::write_text(name, out));
        }
    }
}

fn write_list<T>(out: &mut Vec<u8>, list: &[T], write: impl Fn(&T, &mut Vec<u8>)) {
    out.push(b'[');
    for (place, member) in list.iter().enumerate() {
        if place > 0 {
            out.extend_from_slice(b", ");
        }
        write(member, out);
    }
    out.push(b']');
}
