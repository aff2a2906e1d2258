//! `#[manager(..)]`: storage of the application's own, validation, and what is about the derive itself.

use proc_macro2::Span;
use syn::Attribute;
use syn::spanned::Spanned as _;

use super::{arguments, put};
use crate::diagnostics::Errors;
use crate::spanned::Spanned;

/// Settings of the derive.
#[derive(Default)]
pub(crate) struct ManagerOptions {
    /// Where gm-runtime is, when it goes by another name.
    pub(crate) krate: Option<syn::Path>,
    /// The application's own type that holds the rows.
    pub(crate) interface: Option<Spanned<syn::Type>>,
    /// Whether rows are validated as a whole.
    pub(crate) validate: Option<Spanned<bool>>,
    /// Whether an argument was not understood: one that is missing may be one that was misspelt.
    pub(crate) incomplete: bool,
}

impl ManagerOptions {
    pub(super) fn parse(attribute: &Attribute, errors: &Errors) -> Self {
        let (mut parsed, complete) = errors.watch(|| Self::read(attribute, errors));
        parsed.incomplete = !complete;
        parsed
    }

    fn read(attribute: &Attribute, errors: &Errors) -> Self {
        let mut options = Self::default();
        for argument in arguments(attribute, errors) {
            match argument.name().as_str() {
                "crate" => put(&mut options.krate, &argument, argument.path(errors), errors),
                "interface" => {
                    let ty = argument.ty(errors).map(|ty| {
                        let span = ty.span();
                        Spanned::new(ty, span)
                    });
                    put(&mut options.interface, &argument, ty, errors);
                }
                "validate" => put(&mut options.validate, &argument, argument.flag(errors), errors),
                _ => argument.unknown(&["interface", "validate", "crate"], errors),
            }
        }
        options
    }

    /// Where it says that rows are validated as a whole.
    pub(crate) fn validates(&self) -> Option<Span> {
        Some(self.validate.as_ref().filter(|flag| flag.value)?.span)
    }
}
