//! The parts of a JSON text.

use std::borrow::Cow;

use super::number::Number;
use super::raw::{RawJson, text_of};
use super::scan::{Malformed, Scanner};

/// A value whose members are not parsed yet.
#[derive(Clone, Debug)]
pub(crate) enum View<'t> {
    Null,
    Bool(bool),
    /// `None` for a number out of the range of doubles.
    Number(Option<Number>),
    Text(Cow<'t, str>),
    List(List<'t>),
    Object(Members<'t>),
}

impl<'t> View<'t> {
    /// The view of a `serde_json::Value`. `None` for a list or an object.
    pub(crate) fn of(json: &'t serde_json::Value) -> Option<Self> {
        use serde_json::Value as Json;
        Some(match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => Self::Number(Number::of(number)),
            Json::String(text) => Self::Text(text.into()),
            Json::Array(_) | Json::Object(_) => return None,
        })
    }
}

impl<'t> RawJson<'t> {
    pub(crate) fn is_null(self) -> bool {
        self.text() == "null"
    }

    /// The value, without parsing its members.
    pub(crate) fn view(self) -> View<'t> {
        match self.text().bytes().next() {
            Some(b'{') => View::Object(Members(Inside::of(self.text()))),
            Some(b'[') => View::List(List(Inside::of(self.text()))),
            Some(b'"') => View::Text(text_of(self.text())),
            Some(b't') => View::Bool(true),
            Some(b'f') => View::Bool(false),
            Some(b'n') | None => View::Null,
            Some(_) => View::Number(Number::nearest(self.text())),
        }
    }
}

/// The members of a list.
#[derive(Clone, Debug, Default)]
pub(crate) struct List<'t>(Inside<'t>);

/// The keys and values of an object. A repeated key occurs as often as in the text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Members<'t>(Inside<'t>);

/// The rest of the text between the brackets.
#[derive(Clone, Debug, Default)]
struct Inside<'t>(&'t str);

impl<'t> Inside<'t> {
    fn of(text: &'t str) -> Self {
        Self(text.get(1..text.len().saturating_sub(1)).unwrap_or_default())
    }

    /// Takes one member and the comma after it.
    fn next<T>(&mut self, read: impl FnOnce(&mut Scanner<'t>) -> Result<T, Malformed>) -> Option<T> {
        let mut scanner = Scanner::new(self.0);
        scanner.peek()?;
        let next = read(&mut scanner).ok()?;
        // The last member has no comma.
        let _ = scanner.take(b',');
        self.0 = scanner.rest();
        Some(next)
    }
}

impl<'t> Iterator for List<'t> {
    type Item = RawJson<'t>;

    fn next(&mut self) -> Option<RawJson<'t>> {
        self.0.next(|scanner| scanner.value(usize::MAX).map(RawJson::of))
    }
}

impl<'t> Iterator for Members<'t> {
    type Item = (Cow<'t, str>, RawJson<'t>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next(|scanner| {
            let key = scanner.value(0)?;
            scanner.take(b':')?;
            Ok((text_of(key), RawJson::of(scanner.value(usize::MAX)?)))
        })
    }
}
