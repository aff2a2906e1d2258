//! Reads the bodies of create, update and delete.

use std::borrow::Cow;

use super::failure::Failure;
use super::values;
use crate::error::FieldError;
use crate::json::{MemoryBudget, RawJson, View};
use crate::manager::{Description, FieldSet, KEPT, Values};

const METADATA: &str = "__metadata__";
const HISTORY_COMMENT: &str = "history_comment";

/// Keys with another meaning in the Python implementation, which are never fields.
const RESERVED: [&str; 3] = ["ignore_permission", "creator_id", HISTORY_COMMENT];

/// The body of a write, with unparsed values.
#[derive(Debug)]
pub(crate) struct WriteBody<'b> {
    description: &'static Description,
    /// The permitted fields, each once.
    fields: Vec<(u16, RawJson<'b>)>,
    /// The failure for the first key that this write may not have.
    refused: Option<Failure>,
    pub(crate) history_comment: Option<String>,
}

/// The kind of a write, which decides what fields it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteKind {
    /// All fields, except for an id that the storage assigns.
    Create,
    /// All fields except for the id.
    Update,
    /// No fields. Unknown keys are ignored.
    Delete,
}

/// Checks the parts of a body that are checked before the caller's permission: reserved keys and the metadata. Of a
/// repeated key the last one counts. `readable` are the fields that the caller may read.
pub(crate) fn read<'b>(
    body: impl IntoIterator<Item = (Cow<'b, str>, RawJson<'b>)>,
    description: &'static Description,
    readable: &FieldSet,
    kind: WriteKind,
) -> Result<WriteBody<'b>, Failure> {
    let mut written = WriteBody {
        description,
        fields: Vec::new(),
        refused: None,
        history_comment: None,
    };
    let mut metadata = None;
    for (key, value) in body {
        if let Some(key) = RESERVED.into_iter().find(|reserved| *reserved == key) {
            return Err(Failure::invalid_field(key, "this key is reserved"));
        }
        if key == METADATA {
            metadata = Some(value);
            continue;
        }
        match field(&key, description, readable, kind) {
            Ok(index) => match written.fields.iter_mut().find(|(known, _)| *known == index) {
                Some((_, slot)) => *slot = value,
                None => written.fields.push((index, value)),
            },
            Err(message) if written.refused.is_none() && kind != WriteKind::Delete => {
                written.refused = Some(Failure::invalid_field(&key, message));
            }
            Err(_) => {}
        }
    }
    written.history_comment = metadata.map(history_comment).transpose()?.flatten();
    Ok(written)
}

fn history_comment(metadata: RawJson<'_>) -> Result<Option<String>, Failure> {
    let invalid = |message| Failure::invalid_field(METADATA, message);
    let View::Object(members) = metadata.view() else {
        return Err(invalid("expected an object"));
    };
    let mut given = None;
    for (key, value) in members {
        if key != HISTORY_COMMENT {
            return Err(invalid("expected no key but `history_comment`"));
        }
        given = Some(value);
    }
    match given.map(RawJson::view) {
        None | Some(View::Null) => Ok(None),
        Some(View::Text(comment)) if !comment.contains('\0') => Ok(Some(comment.into_owned())),
        Some(_) => Err(invalid("expected `history_comment` to be text or null")),
    }
}

/// The field with this name, if the write may have it.
fn field(
    key: &str,
    description: &'static Description,
    readable: &FieldSet,
    kind: WriteKind,
) -> Result<u16, &'static str> {
    const UNKNOWN: &str = "there is no such field";
    let Some(index) = description.field_index(key) else {
        let stored = description.fields().len();
        let mut computed = (0_u16..).skip(stored).zip(description.computed());
        let is_computed =
            computed.any(|(index, computed)| computed.field().name() == key && readable.contains(index));
        return Err(if is_computed { KEPT } else { UNKNOWN });
    };
    match kind {
        WriteKind::Delete => return Err("a delete has no fields"),
        // R-id-assigned
        WriteKind::Update if index == description.id_index() => return Err("the id can't be given"),
        WriteKind::Create if index == description.id_index() && description.id_assigned() => {
            return Err("the id can't be given");
        }
        WriteKind::Create | WriteKind::Update => {}
    }
    let field = description.field(index);
    // A field that no caller can write does not exist for a caller that may not read it.
    match (field.read_only(), field.is_preset()) {
        _ if field.kept().is_some() && readable.contains(index) => Err(KEPT),
        _ if field.kept().is_some() => Err(UNKNOWN),
        (true, _) | (_, true) if !readable.contains(index) => Err(UNKNOWN),
        (true, _) => Err("this field can only be read"),
        (false, true) => Err("this field can't be given: it is filled with an attribute of the caller"),
        (false, false) => Ok(index),
    }
}

impl WriteBody<'_> {
    /// The fields that the body gives.
    pub(crate) fn fields(&self) -> impl Iterator<Item = u16> {
        self.fields.iter().map(|(field, _)| *field)
    }

    /// The values of the fields, and the errors of values with a wrong type.
    ///
    /// # Errors
    /// The failure of the first key that is not permitted.
    pub(crate) fn into_values(self, budget: &mut MemoryBudget) -> Result<(Values, Vec<FieldError>), Failure> {
        if let Some(refused) = self.refused {
            return Err(refused);
        }
        let mut written = Values::new();
        written.set_history_comment(self.history_comment);
        let mut errors = Vec::new();
        for (index, value) in self.fields {
            let field = self.description.field(index);
            match values::read_field(value, field, budget) {
                Ok(value) => written.set(index, value),
                Err(error) => errors.push(FieldError::new(field.name(), error.into_message())),
            }
        }
        Ok((written, errors))
    }
}
