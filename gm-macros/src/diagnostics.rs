//! A collector of spanned errors, so that all mistakes are reported at once.

use std::cell::RefCell;
use std::fmt::Display;

use proc_macro2::{Span, TokenStream};

use crate::spanned::Spanned;

/// The errors reported so far. They must be taken by [`into_compile_errors`](Self::into_compile_errors): in tests, dropping
/// them panics.
pub(crate) struct Errors {
    reported: RefCell<Option<Vec<syn::Error>>>,
}

impl Errors {
    pub(crate) fn new() -> Self {
        Self {
            reported: RefCell::new(Some(Vec::new())),
        }
    }

    /// Reports an error at this span.
    pub(crate) fn at(&self, span: Span, message: impl Display) {
        self.add(syn::Error::new(span, message));
    }

    pub(crate) fn add(&self, error: syn::Error) {
        if let Some(reported) = self.reported.borrow_mut().as_mut() {
            reported.push(error);
        }
    }

    /// Reports the error of a checked value, if it has one.
    pub(crate) fn report_invalid<T>(&self, value: &Spanned<T>, check: Result<(), String>) {
        if let Err(message) = check {
            self.at(value.span, message);
        }
    }

    /// Runs the function. Returns its result, and whether it reported errors.
    pub(crate) fn track<T>(&self, function: impl FnOnce() -> T) -> (T, bool) {
        let count = || self.reported.borrow().as_ref().map_or(0, Vec::len);
        let before = count();
        let result = function();
        (result, count() > before)
    }

    /// The value, or `None` after the error was reported.
    pub(crate) fn ok_or_report<T>(&self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    /// All errors as `compile_error!`s, or `None` if there are none.
    pub(crate) fn into_compile_errors(self) -> Option<TokenStream> {
        self.reported
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
        let taken = self.reported.get_mut().is_none();
        assert!(taken || std::thread::panicking(), "errors were dropped unread");
    }
}

#[cfg(test)]
mod tests {
    use super::Errors;

    #[test]
    #[should_panic(expected = "errors were dropped unread")]
    fn unread_errors_panic() {
        drop(Errors::new());
    }
}
