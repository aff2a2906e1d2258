//! Values that know where they were written.

use proc_macro2::Span;
use syn::Attribute;

/// A value and the place where it was written.
#[derive(Clone, Debug)]
pub(crate) struct Spanned<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

impl<T> Spanned<T> {
    pub(crate) fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// Where the attribute's name stands.
pub(crate) fn path_span(attribute: &Attribute) -> Span {
    attribute
        .path()
        .get_ident()
        .map_or_else(Span::call_site, proc_macro2::Ident::span)
}
