//! Values with the span at which they are written.

use proc_macro2::Span;
use syn::Attribute;

/// A value and its span.
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

/// The span of the attribute's name.
pub(crate) fn path_span(attribute: &Attribute) -> Span {
    attribute
        .path()
        .get_ident()
        .map_or_else(Span::call_site, proc_macro2::Ident::span)
}
