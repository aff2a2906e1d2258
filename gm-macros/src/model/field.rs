//! One field of a manager.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned as _;
use syn::{Expr, Meta, Type};

use super::type_spelling::{ends_with, is_option, unsupported_integer, without_self};
use crate::attributes::field::FieldOptions;
use crate::attributes::forwarded::Forwarded;
use crate::diagnostics::Errors;

/// A field of the struct, with its attributes.
pub(crate) struct Field {
    /// The index in the struct.
    pub(crate) index: u16,
    pub(crate) ident: Ident,
    /// The name in Rust, without `r#`.
    pub(crate) rust_name: String,
    pub(crate) wire_name: String,
    pub(crate) ty: Type,
    /// The lines of the field's documentation.
    pub(crate) docs: Vec<Expr>,
    pub(crate) forwarded: Forwarded,
    pub(crate) options: FieldOptions,
}

impl Field {
    /// `None` for a field without a name.
    pub(crate) fn parse(
        index: u16,
        field: syn::Field,
        struct_ident: &Ident,
        errors: &Errors,
    ) -> Option<Self> {
        let options = FieldOptions::parse(&field.attrs, errors);
        let forwarded = Forwarded::parse(&field.attrs);
        let docs = field
            .attrs
            .into_iter()
            .filter_map(|attribute| match attribute.meta {
                Meta::NameValue(meta) if meta.path.is_ident("doc") => Some(meta.value),
                _ => None,
            });
        let docs = docs.collect();
        let ident = field.ident?;
        let rust_name = ident.unraw().to_string();
        Some(Self {
            index,
            wire_name: match &options.rename {
                Some(name) => name.value.clone(),
                None => rust_name.clone(),
            },
            rust_name,
            ident,
            ty: syn::parse2(without_self(field.ty.to_token_stream(), struct_ident)).unwrap_or(field.ty),
            docs,
            forwarded,
            options,
        })
    }

    /// Whether the type is written as an `Option`. The expansion asserts that this is the standard library's `Option`, and
    /// that no other spelling is one.
    pub(crate) fn is_option(&self) -> bool {
        is_option(&self.ty)
    }

    /// Whether the type is written as `i64`.
    pub(crate) fn is_i64(&self) -> bool {
        ends_with(&self.ty, "i64")
    }

    /// Whether this is an id that is written as `i64`, which the database assigns. The expansion asserts this too.
    pub(crate) fn is_assigned_id(&self) -> bool {
        self.options.is_id() && self.is_i64()
    }

    /// The name of the type if it is an integer that no field holds, such as `usize`.
    pub(crate) fn unsupported_integer(&self) -> Option<&Ident> {
        unsupported_integer(&self.ty)
    }

    /// Whether the type is written as a `bool`.
    pub(crate) fn is_bool(&self) -> bool {
        ends_with(&self.ty, "bool")
    }

    /// Whether the type is written as a `String`.
    pub(crate) fn is_text(&self) -> bool {
        ends_with(&self.ty, "String")
    }

    /// A short alias for a type that is longer than one word, so that the lines of the expansion stay short. It has the
    /// type's span, so that errors about the type point to the type.
    pub(crate) fn type_alias(&self) -> Option<Ident> {
        let is_short = matches!(&self.ty, Type::Path(path) if path.path.get_ident().is_some());
        (!is_short).then(|| format_ident!("__T{}", self.index, span = self.ty.span()))
    }

    /// The type's alias, or the type itself if it has none.
    pub(crate) fn short_type(&self) -> TokenStream {
        let ty = &self.ty;
        self.type_alias()
            .map_or_else(|| quote!(#ty), |alias| quote!(#alias))
    }

    /// Whether the draft of every manager has a method of this name, other than a setter.
    pub(crate) fn has_method_name(&self) -> bool {
        matches!(self.rust_name.as_str(), "exec" | "history_comment")
    }

    /// The span of the wire name: the value of `rename`, or the field's identifier.
    pub(crate) fn wire_name_span(&self) -> Span {
        self.options
            .rename
            .as_ref()
            .map_or_else(|| self.ident.span(), |name| name.span)
    }

    /// The name in Rust of the row whose id the field holds: `customer` for `customer_id`.
    pub(crate) fn reference_name(&self) -> Option<&str> {
        self.options.references.as_ref()?;
        self.rust_name.strip_suffix("_id").filter(|name| !name.is_empty())
    }

    /// The name on the wire of the row whose id the field holds.
    pub(crate) fn reference_wire_name(&self) -> Option<&str> {
        self.options.references.as_ref()?;
        self.wire_name.strip_suffix("_id").filter(|name| !name.is_empty())
    }

    /// The identifier of the row whose id the field holds.
    pub(crate) fn reference_ident(&self) -> Option<Ident> {
        let (name, span) = (self.reference_name()?, self.ident.span());
        // A keyword, such as that of `type_id`, is written raw.
        let is_plain = syn::parse_str::<Ident>(name).is_ok();
        Some(match is_plain {
            true => Ident::new(name, span),
            false => Ident::new_raw(name, span),
        })
    }

    /// Whether a new row needs a value for this field. The framework gives a field its preset.
    pub(crate) fn is_required(&self) -> bool {
        let options = &self.options;
        let is_filled = options.default.is_some() || options.preset.is_some() || options.kept().is_some();
        !self.is_assigned_id() && !self.is_option() && !is_filled
    }
}
