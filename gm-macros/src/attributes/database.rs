//! `#[database(table = "..")]`.

use proc_macro2::Span;
use syn::Attribute;

use super::{arguments, put};
use crate::diagnostics::Errors;
use crate::spanned::{Spanned, path_span};

/// Where the owner's rows are.
pub(crate) struct Database {
    pub(crate) span: Span,
    /// Whether every argument was understood; else one that is missing may be one that was misspelt.
    pub(crate) complete: bool,
    pub(crate) table: Option<Spanned<String>>,
}

impl Database {
    pub(super) fn parse(attribute: &Attribute, errors: &Errors) -> Self {
        let (mut parsed, complete) = errors.watch(|| Self::read(attribute, errors));
        parsed.complete = complete;
        parsed
    }

    fn read(attribute: &Attribute, errors: &Errors) -> Self {
        let mut database = Self {
            span: path_span(attribute),
            complete: true,
            table: None,
        };
        for argument in arguments(attribute, errors) {
            match argument.name().as_str() {
                "table" => put(&mut database.table, &argument, argument.text(errors), errors),
                _ => argument.unknown(&["table"], errors),
            }
        }
        database
    }
}
