//! `#[manager(..)]`: storage of the application, validation, and the path of gm-runtime.

use proc_macro2::Span;
use syn::Attribute;
use syn::spanned::Spanned as _;

use super::{arguments, set_once};
use crate::diagnostics::Errors;
use crate::spanned::Spanned;

/// The arguments of `#[manager]`.
#[derive(Default)]
pub(crate) struct ManagerOptions {
    /// The path of gm-runtime, if it has another name.
    pub(crate) krate: Option<syn::Path>,
    /// The application's type that stores the rows.
    pub(crate) interface: Option<Spanned<syn::Type>>,
    /// Whether rows are validated as a whole.
    pub(crate) validate: Option<Spanned<bool>>,
    /// Whether an argument was rejected. A missing one may then be a misspelt one.
    pub(crate) has_errors: bool,
}

impl ManagerOptions {
    pub(super) fn parse(attribute: &Attribute, errors: &Errors) -> Self {
        let (mut parsed, has_errors) = errors.track(|| Self::read(attribute, errors));
        parsed.has_errors = has_errors;
        parsed
    }

    fn read(attribute: &Attribute, errors: &Errors) -> Self {
        let mut options = Self::default();
        for argument in arguments(attribute, errors) {
            match argument.name().as_str() {
                "crate" => set_once(&mut options.krate, &argument, argument.path(errors), errors),
                "interface" => {
                    let ty = argument.ty(errors).map(|ty| {
                        let span = ty.span();
                        Spanned::new(ty, span)
                    });
                    set_once(&mut options.interface, &argument, ty, errors);
                }
                "validate" => set_once(&mut options.validate, &argument, argument.flag(errors), errors),
                _ => argument.report_unknown(&["interface", "validate", "crate"], errors),
            }
        }
        options
    }

    /// The span of `validate`, if it is set.
    pub(crate) fn validate_span(&self) -> Option<Span> {
        Some(self.validate.as_ref().filter(|flag| flag.value)?.span)
    }
}
