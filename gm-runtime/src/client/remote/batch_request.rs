//! Writes the body of a batch, for the consumer.

use crate::field::Value;
use crate::interface::{BatchedWrite, ResultPlace, Write};
use crate::manager::Description;
use crate::protocol::batch_body::RESULT;
use crate::protocol::write_request::{delete_body, write_values};
use crate::protocol::{entity_tag, values};

/// An operation of a batch, with its resource.
pub(super) struct SentOperation<'a> {
    pub(super) description: &'static Description,
    pub(super) resource: &'a str,
    pub(super) batched: &'a BatchedWrite,
}

/// The JSON of a batch of these operations.
pub(super) fn batch_body(operations: &[SentOperation<'_>]) -> Vec<u8> {
    let mut out = Vec::with_capacity(64_usize.saturating_add(operations.len().saturating_mul(128)));
    out.extend_from_slice(b"{\"operations\": [");
    for (place, operation) in operations.iter().enumerate() {
        if place > 0 {
            out.extend_from_slice(b", ");
        }
        operation.write(operations, &mut out);
    }
    out.extend_from_slice(b"]}");
    out
}

impl SentOperation<'_> {
    fn write(&self, all: &[Self], out: &mut Vec<u8>) {
        let BatchedWrite {
            write,
            expected_version,
            id: id_of_result,
            references,
        } = self.batched;
        let name = match write {
            Write::Create(_) => "create",
            Write::Update(..) => "update",
            Write::Delete(..) => "delete",
        };
        out.extend_from_slice(b"{\"resource\": ");
        values::write_text(self.resource, out);
        out.extend_from_slice(b", \"operation\": ");
        values::write_text(name, out);
        if let Write::Update(id, _) | Write::Delete(id, _) = write {
            out.extend_from_slice(b", \"id\": ");
            match id_of_result {
                Some(result) => write_result(all, *result, out),
                None => values::write(id, out),
            }
        }
        match write {
            Write::Create(values) | Write::Update(_, values) => {
                out.extend_from_slice(b", \"values\": ");
                let references = references.iter().map(|(field, result)| {
                    let mut text = Vec::new();
                    write_result(all, *result, &mut text);
                    (*field, text)
                });
                write_values(self.description, values, references, out);
            }
            Write::Delete(_, Some(comment)) => {
                out.extend_from_slice(b", \"values\": ");
                out.extend_from_slice(&delete_body(comment));
            }
            Write::Delete(_, None) => {}
        }
        if let Some(version) = expected_version {
            out.extend_from_slice(b", \"if_match\": ");
            values::write_text(&entity_tag::of_version(*version), out);
        }
        out.push(b'}');
    }
}

/// `{"$result": 0, "field": "id"}`
fn write_result(all: &[SentOperation<'_>], result: ResultPlace, out: &mut Vec<u8>) {
    let field = all
        .get(result.operation)
        .map_or("", |operation| operation.description.field(result.field).name());
    out.push(b'{');
    values::write_text(RESULT, out);
    out.extend_from_slice(b": ");
    out.extend_from_slice(result.operation.to_string().as_bytes());
    out.extend_from_slice(b", \"field\": ");
    values::write_text(field, out);
    out.push(b'}');
}

/// Whether the value would be read as a reference to an earlier result.
pub(super) fn is_reference(value: &Value) -> bool {
    let Value::Json(json) = value else {
        return false;
    };
    json.as_object().is_some_and(|object| object.contains_key(RESULT))
}
