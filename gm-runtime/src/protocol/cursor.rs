//! The text of cursors: base64url without padding of compact JSON. It is `[["-rank","name"],3,"b",17]`: the ordering as a query
//! writes it, and the values of the last row for the fields that decide the order, the id last.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::values;
use crate::error::{Error, QueryError};
use crate::field::{Value, ValueError};
use crate::json::{MemoryBudget, RawJson, View};
use crate::manager::{Description, Purpose};
use crate::query::{Cursor, Direction, NextPage, OrderBy, Position, Select, sort_keys};

/// What follows a page, in a response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum NextCursor {
    /// It is unknown, or no cursor can be had. The response does not say it.
    #[default]
    Unknown,
    /// No row.
    End,
    /// The rows behind this cursor.
    At(String),
}

/// The usual length of a cursor and its JSON, by which the memory is allocated.
const USUAL_BYTES: usize = 160;

/// The text of the cursor behind a row. `value` appends the row's value of a field as JSON.
///
/// `None` if a value can't be had, or if the text would be too long.
pub(crate) fn text(
    description: &Description,
    ordering: &[OrderBy],
    mut value: impl FnMut(u16, &mut Vec<u8>) -> Option<()>,
) -> Option<String> {
    let mut bytes = Vec::with_capacity(USUAL_BYTES);
    bytes.extend_from_slice(b"[[");
    for (place, order) in ordering.iter().enumerate() {
        if place > 0 {
            bytes.push(b',');
        }
        let start = bytes.len();
        values::write_text(description.field(order.field).name(), &mut bytes);
        if order.direction == Direction::Descending {
            // Behind the quotation mark.
            bytes.insert(start.saturating_add(1), b'-');
        }
    }
    bytes.push(b']');
    for key in sort_keys(description, ordering) {
        bytes.push(b',');
        value(key.field, &mut bytes)?;
    }
    bytes.push(b']');
    encoded(bytes)
}

/// The text of the cursor behind a row of these values.
pub(crate) fn text_of_row(description: &Description, ordering: &[OrderBy], row: &[Value]) -> Option<String> {
    text(description, ordering, |field, out| {
        values::write(row.get(usize::from(field))?, out);
        Some(())
    })
}

/// The cursor behind a row of these values.
pub(crate) fn of_row(description: &Description, ordering: &[OrderBy], row: &[Value]) -> Option<Cursor> {
    text_of_row(description, ordering, row)?.parse().ok()
}

/// The bytes in base64url, in the same allocation.
fn encoded(mut bytes: Vec<u8>) -> Option<String> {
    let length = bytes.len();
    let encoded = base64::encoded_len(length, false).filter(|encoded| *encoded <= Cursor::MAX_BYTES)?;
    bytes.resize(length.checked_add(encoded)?, 0);
    let (json, text) = bytes.split_at_mut_checked(length)?;
    URL_SAFE_NO_PAD.encode_slice(json, text).ok()?;
    bytes.drain(..length);
    String::from_utf8(bytes).ok()
}

impl NextCursor {
    /// What follows a page of these rows.
    pub(crate) fn of(description: &Description, next: &NextPage, last: Option<&[Value]>) -> Self {
        let text = match next {
            NextPage::Unknown => None,
            NextPage::End => return Self::End,
            NextPage::At(cursor) => Some(cursor.to_string()),
            NextPage::Behind(ordering) => last.and_then(|last| text_of_row(description, ordering, last)),
        };
        text.map_or(Self::Unknown, Self::At)
    }
}

/// Reads the cursor of a select, if it has one that was not read yet. The values are judged like those of lookups.
///
/// # Errors
/// [`QueryError::Cursor`] for a cursor that is unreadable, of another ordering, or has a wrong value.
pub(crate) fn resolve(description: &'static Description, select: &mut Select) -> Result<(), Error> {
    let Some(cursor) = select.after.as_ref().filter(|_| select.position.is_none()) else {
        return Ok(());
    };
    match read(cursor, description, &select.ordering) {
        Ok(position) => {
            select.position = Some(position.into());
            Ok(())
        }
        Err(error) => Err(Error::Query(QueryError::Cursor {
            manager: description.name(),
            problem: error.into_message(),
        })),
    }
}

fn read(cursor: &Cursor, description: &Description, ordering: &[OrderBy]) -> Result<Position, ValueError> {
    let unreadable = || ValueError::new("it can't be read; send the text of `next_cursor` unchanged");
    let json = URL_SAFE_NO_PAD
        .decode(cursor.as_str())
        .map_err(|_| unreadable())?;
    let json = std::str::from_utf8(&json).map_err(|_| unreadable())?;
    let View::List(mut members) = RawJson::parse(json, 2).map_err(|_| unreadable())?.view() else {
        return Err(unreadable());
    };
    let Some(View::List(mut names)) = members.next().map(RawJson::view) else {
        return Err(unreadable());
    };
    let is_same = ordering
        .iter()
        .all(|order| is_name_of(names.next(), description, *order));
    if !is_same || names.next().is_some() {
        return Err(ValueError::new(
            "it is of another ordering; a cursor belongs to the ordering of its query",
        ));
    }
    let mut keys = Vec::new();
    for key in sort_keys(description, ordering) {
        let value = read_value(members.next().ok_or_else(unreadable)?, description, key.field)?;
        keys.push((key, value));
    }
    match members.next() {
        None => Ok(Position::new(keys)),
        Some(_) => Err(unreadable()),
    }
}

fn is_name_of(name: Option<RawJson<'_>>, description: &Description, order: OrderBy) -> bool {
    let Some(View::Text(name)) = name.map(RawJson::view) else {
        return false;
    };
    let (field, direction) = match name.strip_prefix('-') {
        Some(field) => (field, Direction::Descending),
        None => (&*name, Direction::Ascending),
    };
    field == description.field(order.field).name() && direction == order.direction
}

fn read_value(json: RawJson<'_>, description: &Description, field: u16) -> Result<Value, ValueError> {
    let field = description.field(field);
    let wrong = |error: ValueError| {
        let message = error.into_message();
        ValueError::new(format!("its value of `{}`: {message}", field.name()))
    };
    if json.is_null() {
        return match field.nullable() {
            true => Ok(Value::Null),
            false => Err(wrong(ValueError::new("expected a value, got null"))),
        };
    }
    // No field with an order holds JSON, which would need the budget.
    let value = values::read_field(json, field, &mut MemoryBudget::new(0)).map_err(wrong)?;
    field.normalize(value, Purpose::Compare).map_err(wrong)
}
