//! The text of an id in an error message.

use std::sync::Arc;

use crate::field::{Value, quoted};

/// The text of an id in an error message. A text id is quoted, and shortened to 64 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdText(
    // One word, since every result has the size of its error.
    Arc<String>,
);

impl IdText {
    pub(crate) fn of(id: &Value) -> Self {
        Self(Arc::new(match id {
            Value::Integer(id) => id.to_string(),
            Value::Uuid(id) => id.to_string(),
            Value::Text(id) => quoted(id),
            other => other.type_name().to_owned(),
        }))
    }

    /// The text of a text id, of which this is the whole or the beginning.
    pub(crate) fn of_text(text: &str, is_whole: bool) -> Self {
        let mut id = quoted(text);
        if !is_whole && !id.ends_with('…') {
            id.push('…');
        }
        Self(Arc::new(id))
    }
}

impl std::fmt::Display for IdText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// ` in the row of id 7`, or nothing if the id is not known.
pub(super) struct OfRow<'a>(pub(super) &'a Option<IdText>);

impl std::fmt::Display for OfRow<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0
            .as_ref()
            .map_or(Ok(()), |id| write!(f, " in the row of id {id}"))
    }
}
