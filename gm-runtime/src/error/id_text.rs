//! The text of an id in an error message.

use crate::field::Value;

/// The text of an id in an error message. A text id is quoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdText(String);

impl IdText {
    pub(crate) fn of(id: &Value) -> Self {
        Self(match id {
            Value::Integer(id) => id.to_string(),
            Value::Uuid(id) => id.to_string(),
            Value::Text(id) => format!("{id:?}"),
            other => other.type_name().to_owned(),
        })
    }
}

impl std::fmt::Display for IdText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
