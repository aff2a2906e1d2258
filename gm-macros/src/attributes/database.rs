//! `#[database(table = "..")]`.

use proc_macro2::Span;
use syn::Attribute;

use super::{arguments, set_once};
use crate::diagnostics::Errors;
use crate::spanned::{Spanned, path_span};

/// The arguments of `#[database]`.
pub(crate) struct Database {
    pub(crate) span: Span,
    /// Whether an argument was rejected. A missing one may then be a misspelt one.
    pub(crate) has_errors: bool,
    pub(crate) table: Option<Spanned<String>>,
}

impl Database {
    pub(super) fn parse(attribute: &Attribute, errors: &Errors) -> Self {
        let (mut parsed, has_errors) = errors.track(|| Self::read(attribute, errors));
        parsed.has_errors = has_errors;
        parsed
    }

    fn read(attribute: &Attribute, errors: &Errors) -> Self {
        let mut database = Self {
            span: path_span(attribute),
            has_errors: false,
            table: None,
        };
        for argument in arguments(attribute, errors) {
            match argument.name().as_str() {
                "table" => set_once(&mut database.table, &argument, argument.text(errors), errors),
                _ => argument.report_unknown(&["table"], errors),
            }
        }
        database
    }
}
