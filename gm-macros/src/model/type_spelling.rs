//! What the spelling of a type tells. A macro does not know the type itself.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use syn::{GenericArgument, PathArguments, Type};

/// Whether the type is written as an `Option<..>`.
pub(super) fn is_option(ty: &Type) -> bool {
    let Some(segment) = last_segment(ty) else {
        return false;
    };
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => {
            segment.ident == "Option" && matches!(arguments.args.first(), Some(GenericArgument::Type(_)))
        }
        PathArguments::None | PathArguments::Parenthesized(_) => false,
    }
}

/// The name of a built-in integer that no field holds, also within an `Option`.
pub(super) fn unsupported_integer(ty: &Type) -> Option<&Ident> {
    let segment = last_segment(ty)?;
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) if segment.ident == "Option" => {
            match arguments.args.first() {
                Some(GenericArgument::Type(inner)) => unsupported_integer(inner),
                _ => None,
            }
        }
        PathArguments::None => ["usize", "isize", "u128", "i128"]
            .iter()
            .any(|name| segment.ident == name)
            .then_some(&segment.ident),
        PathArguments::AngleBracketed(_) | PathArguments::Parenthesized(_) => None,
    }
}

/// Whether the last segment of the type's path is this name.
pub(super) fn ends_with(ty: &Type, name: &str) -> bool {
    last_segment(ty).is_some_and(|segment| segment.ident == name)
}

/// Replaces `Self` by the struct's name, since `Self` is another type in the generated items.
pub(crate) fn without_self(tokens: TokenStream, struct_ident: &Ident) -> TokenStream {
    let replace = |token| match token {
        TokenTree::Ident(ident) if ident == "Self" => {
            Ident::new(&struct_ident.to_string(), ident.span()).into()
        }
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), without_self(group.stream(), struct_ident));
            inner.set_span(group.span());
            inner.into()
        }
        token => token,
    };
    tokens.into_iter().map(replace).collect()
}

/// The last segment of a type's path. A macro's `$type` is in an invisible group.
fn last_segment(ty: &Type) -> Option<&syn::PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}
