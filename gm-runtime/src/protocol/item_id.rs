//! The id in a URL.

use percent_encoding::percent_decode_str;
use uuid::Uuid;

use super::failure::Failure;
use crate::field::{Value, ValueType};
use crate::manager::{Description, Purpose};

/// Reads an item's id from its segment of the URL, which is decoded here, once. `None` is an id of the right form
/// that no row can have.
pub(crate) fn read(segment: &str, description: &'static Description) -> Result<Option<Value>, Failure> {
    let field = description.id_field();
    let invalid = |message: String| Failure::invalid_field(field.name(), message);
    let text = percent_decode_str(segment)
        .decode_utf8()
        .map_err(|_| invalid("expected an id in UTF-8".to_owned()))?;
    let expected = || invalid(format!("expected {}", field.value_type().name()));
    let id = match field.value_type() {
        ValueType::Integer { min, max } => {
            // R-id-syntax: an optional minus and ASCII digits. Out of range is of the right form.
            let digits = text.strip_prefix('-').unwrap_or(&text);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(expected());
            }
            match text.parse::<i64>() {
                Ok(id) if (min..=max).contains(&id) => Value::Integer(id),
                _ => return Ok(None),
            }
        }
        ValueType::Uuid if text.len() == 36 => {
            Uuid::try_parse(&text).map(Value::Uuid).map_err(|_| expected())?
        }
        ValueType::Text => Value::Text(text.into_owned()),
        _ => return Err(expected()),
    };
    field
        .normalize(id, Purpose::Compare)
        .map(Some)
        .map_err(|error| invalid(error.message().to_owned()))
}
