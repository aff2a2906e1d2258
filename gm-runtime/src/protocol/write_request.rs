//! Writes the bodies of create, update and delete, for the consumer.

use super::values;
use crate::manager::{Description, Values};

/// The JSON of a create or an update, with the given fields.
pub(crate) fn write_body(description: &Description, values: &Values) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    out.push(b'{');
    for (place, (field, value)) in values.iter().enumerate() {
        if place > 0 {
            out.extend_from_slice(b", ");
        }
        values::write_text(description.field(field).name(), &mut out);
        out.extend_from_slice(b": ");
        values::write(value, &mut out);
    }
    if let Some(comment) = values.history_comment() {
        if !values.is_empty() {
            out.extend_from_slice(b", ");
        }
        write_metadata(comment, &mut out);
    }
    out.push(b'}');
    out
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
