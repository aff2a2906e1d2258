//! Collects spanned errors, so that every mistake is reported at once, and words the ones that suggest something.

use std::cell::RefCell;
use std::fmt::Display;

use proc_macro2::{Span, TokenStream};

use crate::spanned::Spanned;

/// The mistakes found so far. It must be asked for them in the end: in tests, forgetting that is a panic.
pub(crate) struct Errors {
    found: RefCell<Option<Vec<syn::Error>>>,
}

impl Errors {
    pub(crate) fn new() -> Self {
        Self {
            found: RefCell::new(Some(Vec::new())),
        }
    }

    /// Notes a mistake at this place.
    pub(crate) fn at(&self, span: Span, message: impl Display) {
        self.add(syn::Error::new(span, message));
    }

    pub(crate) fn add(&self, error: syn::Error) {
        if let Some(found) = self.found.borrow_mut().as_mut() {
            found.push(error);
        }
    }

    /// Notes what is wrong with a value, if anything is.
    pub(crate) fn rule<T>(&self, value: &Spanned<T>, verdict: Result<(), String>) {
        if let Err(message) = verdict {
            self.at(value.span, message);
        }
    }

    /// What this makes, and whether it noted no mistake.
    pub(crate) fn watch<T>(&self, make: impl FnOnce() -> T) -> (T, bool) {
        let count = || self.found.borrow().as_ref().map_or(0, Vec::len);
        let before = count();
        let made = make();
        (made, count() == before)
    }

    /// The value, or a mistake noted.
    pub(crate) fn ok<T>(&self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    /// All mistakes as `compile_error!`s; nothing where there are none.
    pub(crate) fn check(self) -> Option<TokenStream> {
        self.found
            .take()
            .into_iter()
            .flatten()
            .reduce(|mut errors, error| {
                errors.combine(error);
                errors
            })
            .map(|errors| errors.into_compile_error())
    }
}

#[cfg(test)]
impl Drop for Errors {
    fn drop(&mut self) {
        let checked = self.found.get_mut().is_none();
        assert!(checked || std::thread::panicking(), "errors were dropped unread");
    }
}

/// "did you mean `name`? expected one of: `name`, `status`".
pub(crate) fn expected_one_of(written: &str, known: &[&str]) -> String {
    let list = known
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    if let Some(said) = said_otherwise(written) {
        return format!("{said}. Expected one of: {list}");
    }
    let synonym = synonym(written).filter(|name| known.contains(name));
    match synonym.or_else(|| nearest(written, known)) {
        Some(name) => format!("did you mean `{name}`? Expected one of: {list}"),
        None => format!("expected one of: {list}"),
    }
}

/// What other frameworks have an argument for, and this one says without.
fn said_otherwise(written: &str) -> Option<&'static str> {
    match written {
        "nullable" | "null" | "optional" => Some("a field that may be null has the type `Option<..>`"),
        "references" | "foreign_key" => Some("a foreign key is not declared: make it in the table"),
        "unique_together" => {
            Some("a rule of several fields together is not declared: make a unique index in the table")
        }
        _ => None,
    }
}

/// The name here of what is called so elsewhere.
fn synonym(written: &str) -> Option<&'static str> {
    match written {
        "websocket" => Some("websocket_invalidation"),
        "url" => Some("base_url"),
        "primary_key" => Some("id"),
        _ => None,
    }
}

/// The known name that was probably meant: at most a third of its letters are others.
fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(written, name), *name))
        .filter(|(distance, name)| distance * 3 <= name.len().max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::{Errors, expected_one_of};

    #[test]
    fn the_nearest_name_is_suggested() {
        assert_eq!(
            expected_one_of("resorce", &["base_path", "resource"]),
            "did you mean `resource`? Expected one of: `base_path`, `resource`"
        );
        assert_eq!(
            expected_one_of("colour", &["base_path", "resource"]),
            "expected one of: `base_path`, `resource`"
        );
    }

    #[test]
    fn a_name_from_elsewhere_leads_to_the_one_here_where_there_is_one() {
        assert_eq!(
            expected_one_of("url", &["base_url", "resource"]),
            "did you mean `base_url`? Expected one of: `base_url`, `resource`"
        );
        assert_eq!(expected_one_of("url", &["table"]), "expected one of: `table`");
    }

    #[test]
    #[should_panic(expected = "errors were dropped unread")]
    fn unread_errors_panic() {
        drop(Errors::new());
    }
}
