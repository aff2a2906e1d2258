//! The bodies of create, update and delete.

use serde_json::{Map, Value as Json};

use super::failure::Failure;
use super::values;
use crate::field::FieldError;
use crate::manager::{Description, Values};

const METADATA: &str = "__metadata__";
const HISTORY_COMMENT: &str = "history_comment";

/// Keys that stand for something else in the Python implementation, and must never be taken for a field.
const RESERVED: [&str; 3] = ["ignore_permission", "creator_id", HISTORY_COMMENT];

/// What a body holds besides the fields.
#[derive(Debug)]
pub(crate) struct WriteBody {
    fields: Map<String, Json>,
    pub(crate) history_comment: Option<String>,
}

/// Which fields a write may give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteKind {
    /// All but an id that the database assigns.
    Create,
    /// All but the id.
    Update,
}

/// Looks at what can be judged of a write's body without its manager: reserved keys and the metadata.
pub(crate) fn read(mut body: Map<String, Json>) -> Result<WriteBody, Failure> {
    if let Some(key) = RESERVED.into_iter().find(|key| body.contains_key(*key)) {
        return Err(Failure::invalid_field(key, "this key is reserved"));
    }
    let history_comment = match body.remove(METADATA) {
        None => None,
        Some(Json::Object(mut metadata)) => {
            let comment = match metadata.remove(HISTORY_COMMENT) {
                None | Some(Json::Null) => None,
                Some(Json::String(comment)) if !comment.contains('\0') => Some(comment),
                Some(_) => {
                    return Err(Failure::invalid_field(
                        METADATA,
                        "expected `history_comment` to be text or null",
                    ));
                }
            };
            if !metadata.is_empty() {
                return Err(Failure::invalid_field(
                    METADATA,
                    "expected no key but `history_comment`",
                ));
            }
            comment
        }
        Some(_) => return Err(Failure::invalid_field(METADATA, "expected an object")),
    };
    Ok(WriteBody {
        fields: body,
        history_comment,
    })
}

impl WriteBody {
    /// The values of the fields, and those that can't be read as such: an unknown key comes before them.
    pub(crate) fn into_values(
        self,
        description: &'static Description,
        kind: WriteKind,
    ) -> Result<(Values, Vec<FieldError>), Failure> {
        let fields = self
            .fields
            .into_iter()
            .map(|(key, value)| {
                let field = description
                    .field_index(&key)
                    .ok_or_else(|| Failure::invalid_field(&key, "there is no such field"))?;
                // R-id-assigned
                if field == description.id_index() && (kind == WriteKind::Update || description.id_assigned())
                {
                    return Err(Failure::invalid_field(&key, "the id can't be given"));
                }
                if description.field(field).read_only() {
                    return Err(Failure::invalid_field(&key, "this field can only be read"));
                }
                Ok((field, value))
            })
            .collect::<Result<Vec<_>, Failure>>()?;
        let mut written = Values::new();
        written.set_history_comment(self.history_comment);
        let mut errors = Vec::new();
        for (index, value) in fields {
            let field = description.field(index);
            match values::read_field(value, field) {
                Ok(value) => written.set(index, value),
                Err(error) => errors.push(FieldError::new(field.name(), error.into_message())),
            }
        }
        Ok((written, errors))
    }
}
