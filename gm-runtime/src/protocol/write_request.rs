//! Writes the bodies of create, update and delete, for the consumer.

use super::values;
use crate::manager::{Description, Values};

/// The JSON of a create or an update, with the given fields.
pub(crate) fn write_body(description: &Description, values: &Values) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    write_values(description, values, std::iter::empty(), &mut out);
    out
}

/// Appends the JSON of a create or an update, with the given fields. `others`: further fields, with their JSON.
pub(crate) fn write_values(
    description: &Description,
    values: &Values,
    others: impl Iterator<Item = (u16, Vec<u8>)>,
    out: &mut Vec<u8>,
) {
    let mut separator: &[u8] = b"{";
    let mut key = |field: u16, out: &mut Vec<u8>| {
        out.extend_from_slice(std::mem::replace(&mut separator, b", "));
        values::write_text(description.field(field).name(), out);
        out.extend_from_slice(b": ");
    };
    for (field, value) in values.iter() {
        key(field, out);
        values::write(value, out);
    }
    for (field, json) in others {
        key(field, out);
        out.extend_from_slice(&json);
    }
    match values.history_comment() {
        Some(comment) => {
            out.extend_from_slice(separator);
            write_metadata(comment, out);
        }
        None if separator == b"{" => out.push(b'{'),
        None => {}
    }
    out.push(b'}');
}

/// The JSON of a delete with a comment.
pub(crate) fn delete_body(comment: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    out.push(b'{');
    write_metadata(comment, &mut out);
    out.push(b'}');
    out
}

fn write_metadata(comment: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"__metadata__\": {\"history_comment\": ");
    values::write_text(comment, out);
    out.push(b'}');
}
