//! The limits of a schema that is read.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};

/// The most bytes of a schema.
pub(super) const MAX_BYTES: usize = 4 << 20;
/// The most resources of a schema.
pub(super) const MAX_RESOURCES: usize = 1000;
/// The most fields of a resource.
pub(super) const MAX_FIELDS: usize = 1000;
/// The most words of a list: values of an enum, lookups, operations, extensions.
pub(super) const MAX_WORDS: usize = 1000;
/// The most characters of a name.
const MAX_NAME: usize = 255;

/// Reads a list of at most `MAX` members. A longer list is refused at its first member too many.
pub(super) fn list<'de, D, T, const MAX: usize>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Members<T, const MAX: usize>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for Members<T, MAX> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {MAX} members")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Vec<T>, A::Error> {
            let mut read = Vec::new();
            while let Some(member) = members.next_element()? {
                if read.len() >= MAX {
                    return Err(A::Error::custom(format_args!(
                        "expected a list of at most {MAX} members"
                    )));
                }
                read.push(member);
            }
            Ok(read)
        }
    }

    deserializer.deserialize_seq(Members::<T, MAX>(PhantomData))
}

/// Reads an optional list of at most `MAX` texts.
pub(super) fn optional_list<'de, D, const MAX: usize>(
    deserializer: D,
) -> Result<Option<Vec<String>>, D::Error>
where
    D: Deserializer<'de>,
{
    #[derive(serde::Deserialize)]
    struct Texts<const MAX: usize>(#[serde(deserialize_with = "list::<_, _, MAX>")] Vec<String>);

    let texts = Option::<Texts<MAX>>::deserialize(deserializer)?;
    Ok(texts.map(|Texts(texts)| texts))
}

/// Whether the text is a name of Rust and of the wire: letters, digits and `_`, beginning with a letter or `_`.
pub(super) fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    let starts = characters
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_');
    starts && characters.all(|character| character.is_alphanumeric() || character == '_') && is_short(name)
}

/// Whether the text is a segment of a path: ASCII letters, digits, `-`, `_` and `.`.
pub(super) fn is_segment(name: &str) -> bool {
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !name.is_empty() && name.bytes().all(is_safe) && is_short(name)
}

/// Whether the text is a path of such segments, or empty.
pub(super) fn is_path(path: &str) -> bool {
    let segments = || path.strip_prefix('/').map(|rest| rest.split('/'));
    path.is_empty() || (is_short(path) && segments().is_some_and(|mut rest| rest.all(is_segment)))
}

fn is_short(name: &str) -> bool {
    name.chars().nth(MAX_NAME).is_none()
}
