//! The body of a query, as a consumer sends it.

use super::values;
use crate::error::QueryError;
use crate::manager::Description;
use crate::query::{Direction, Lookup, Operand, Select, check_lookups};

/// The page that a query asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paging {
    page: Option<u64>,
    page_size: Option<u64>,
    /// Whether the total is declined. A first page never does: its total tells how many follow, and the recorded calls
    /// send no such key.
    uncounted: bool,
}

impl Paging {
    /// What the query itself asks for.
    pub(crate) fn of(select: &Select) -> Self {
        Self {
            page: select.page,
            page_size: select.page_size,
            uncounted: (select.page.is_some() || select.first_page) && !select.count,
        }
    }

    /// The page that is asked for, where one is.
    pub(crate) fn page(self) -> Option<u64> {
        self.page
    }

    /// Whether the size of the page is asked for.
    pub(crate) fn is_sized(self) -> bool {
        self.page_size.is_some()
    }

    /// This page of this size, with its total or without.
    pub(crate) fn exactly(page: u64, page_size: u64, counted: bool) -> Self {
        Self {
            page: Some(page),
            page_size: Some(page_size),
            uncounted: !counted,
        }
    }
}

/// The JSON of the query: `filters` and `excludes` always, the rest where it is asked for.
///
/// # Errors
/// [`QueryError::Conflict`] where a lookup is given twice: of a repeated key the last value counts, so that a condition
/// would be dropped.
pub(crate) fn query_body(
    description: &'static Description,
    select: &Select,
    paging: Paging,
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
    if paging.uncounted {
        out.extend_from_slice(b", \"count\": false");
    }
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
        match &lookup.operand {
            Operand::Value(value) => values::write(value, out),
            Operand::List(list) => write_list(out, list, values::write),
            Operand::Flag(flag) => out.extend_from_slice(if *flag { b"true" } else { b"false" }),
            Operand::Number(number) => out.extend_from_slice(number.to_string().as_bytes()),
        }
    }
    out.push(b'}');
    Ok(())
}

/// One field as text, several as a list.
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
