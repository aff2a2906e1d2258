//! The id of a row that is being decoded, for the error of the row.

use uuid::Uuid;

use crate::error::IdText;
use crate::field::Value;

/// The maximum number of bytes of a text id that are copied.
const MAX_TEXT: usize = 64;

/// A copy of a row's id. The decoder moves the values out of the row before it meets the wrong one, and the copy must cost a row
/// without errors no allocation.
#[derive(Debug)]
pub(super) enum RowId {
    Integer(i64),
    Uuid(Uuid),
    /// The first bytes of a text, their number, and whether they are all.
    Text([u8; MAX_TEXT], usize, bool),
    /// An id of another type, or none.
    Unknown,
}

impl RowId {
    #[inline]
    pub(super) fn of(id: Option<&Value>) -> Self {
        match id {
            Some(Value::Integer(id)) => Self::Integer(*id),
            id => Self::of_other_type(id),
        }
    }

    fn of_other_type(id: Option<&Value>) -> Self {
        match id {
            Some(Value::Uuid(id)) => Self::Uuid(*id),
            Some(Value::Text(id)) => {
                let length = id.floor_char_boundary(MAX_TEXT);
                let mut copy = [0; MAX_TEXT];
                for (target, byte) in copy.iter_mut().zip(id.as_bytes()) {
                    *target = *byte;
                }
                Self::Text(copy, length, length == id.len())
            }
            _ => Self::Unknown,
        }
    }

    /// The id in an error message. `None` if it is not known.
    pub(super) fn text(&self) -> Option<IdText> {
        match self {
            Self::Integer(id) => Some(IdText::of(&Value::Integer(*id))),
            Self::Uuid(id) => Some(IdText::of(&Value::Uuid(*id))),
            Self::Text(bytes, length, is_whole) => {
                let text = std::str::from_utf8(bytes.get(..*length)?).ok()?;
                Some(IdText::of_text(text, *is_whole))
            }
            Self::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RowId, Value};

    fn text(id: &str) -> Option<String> {
        RowId::of(Some(&Value::Text(id.to_owned())))
            .text()
            .map(|id| id.to_string())
    }

    #[test]
    fn a_long_text_is_shortened_between_two_characters() {
        assert_eq!(text("a\"b").as_deref(), Some(r#""a\"b""#));
        let whole = "é".repeat(32);
        assert_eq!(text(&whole), Some(format!("{whole:?}")));
        let (odd, shown) = (format!("a{whole}"), format!("a{}", "é".repeat(31)));
        assert_eq!(text(&odd), Some(format!("{shown:?}…")));
        assert_eq!(RowId::of(None).text(), None);
    }
}
