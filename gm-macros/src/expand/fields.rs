//! The handles that queries are written with, and the descriptions of the fields.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::target::Target;
use crate::model::Field;

/// `…Fields`.
pub(super) fn handles(target: &Target<'_>) -> TokenStream {
    let Target { ident, .. } = target;
    let (vis, private, handles) = (target.vis(), target.private(), target.fields_ident());
    let doc = format!(" The fields of [`{ident}`], for the closures of `filter`, `exclude` and `order_by`.");
    let fields = target.fields().map(|(_, field)| {
        let Field { ident: name, ty, .. } = field;
        let doc = format!(" `{}`", field.own_name);
        let carried = field.carried.attributes();
        let access = match (field.options.is_filterable(), field.options.is_sortable()) {
            (true, true) => None,
            (false, true) => Some(quote!(, #private::OrderOnly)),
            (true, false) => Some(quote!(, #private::FilterOnly)),
            (false, false) => Some(quote!(, #private::NotQueryable)),
        };
        quote! {
            #[doc = #doc]
            #carried
            #vis #name: #private::Field<#ident, #ty #access>,
        }
    });
    let carried = target.carried();
    quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::marker::Copy)]
        #carried
        #vis struct #handles {
            #(#fields)*
        }
    }
}

/// `impl Debug`, which is not derived: code for each field, to print nothing but their numbers.
pub(super) fn debug(target: &Target<'_>) -> TokenStream {
    let handles = target.fields_ident();
    let name = handles.to_string();
    quote! {
        impl ::core::fmt::Debug for #handles {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(#name)
            }
        }
    }
}

/// `static __FIELDS`.
pub(super) fn descriptions(target: &Target<'_>) -> TokenStream {
    let count = Literal::usize_unsuffixed(target.model.fields.len());
    let descriptions = target.fields().map(|(_, field)| description(target, field));
    let aliases = target.fields().filter_map(|(_, field)| {
        let ty = &field.ty;
        let alias = field.alias()?;
        Some(quote!(type #alias = #ty;))
    });
    quote! {
        #(#aliases)*
        static __FIELDS: [__Field; #count] = [#(#descriptions),*];
    }
}

/// What was declared of one field. Each option has the span of its argument: the runtime's builder judges in const
/// evaluation whether the option suits the type, and the error shows there.
fn description(target: &Target<'_>, field: &Field) -> TokenStream {
    let Field {
        own_name, options, ..
    } = field;
    let ty = field.short_type();
    let span = field.ident.span();
    // A decimal in a table must say its digits. Where none are said the field must not be a decimal, which only the
    // compiler knows.
    let in_a_table = target.model.attributes.database.is_some();
    let stored = in_a_table && !target.remote && !options.incomplete && !options.says_digits();
    let constructor = match (stored, field.is_option()) {
        (true, true) => "optional_column",
        (true, false) => "non_null_column",
        (false, true) => "optional",
        (false, false) => "non_null",
    };
    let constructor = Ident::new(constructor, span);
    let mut tokens = quote_spanned!(span=> __Field::#constructor(#own_name, <#ty as __Type>::KIND));
    if options.rename.is_some() {
        let name = &field.name;
        tokens.extend(quote!(.with_name(#name)));
    }
    if let Some(column) = &options.column {
        let column = &column.value;
        tokens.extend(quote!(.with_column(#column)));
    }
    if let Some(max_length) = &options.max_length {
        let value = Literal::u32_unsuffixed(max_length.value);
        tokens.extend(quote_spanned!(max_length.span=> .with_max_length(#value)));
    }
    if let Some(blank) = options.blank.as_ref().filter(|_| options.is_blank()) {
        tokens.extend(quote_spanned!(blank.span=> .with_blank()));
    }
    if let (Some(digits), Some(places)) = (&options.max_digits, &options.decimal_places) {
        let (max_digits, decimal_places) = (
            Literal::u32_unsuffixed(digits.value),
            Literal::u32_unsuffixed(places.value),
        );
        tokens.extend(quote_spanned!(digits.span=> .with_decimal(#max_digits, #decimal_places)));
    }
    if !target.remote {
        if let Some(unique) = options.unique.as_ref().filter(|unique| unique.value) {
            tokens.extend(quote_spanned!(unique.span=> .with_unique()));
        }
        if let Some(index) = options.index.as_ref().filter(|index| index.value) {
            tokens.extend(quote_spanned!(index.span=> .with_index()));
        }
    }
    tokens.extend(default(target, field));
    tokens.extend(rules(field));
    tokens
}

/// What holds for what is written, and for queries.
fn rules(field: &Field) -> TokenStream {
    let options = &field.options;
    let mut tokens = TokenStream::new();
    if options.is_read_only() {
        tokens.extend(quote!(.with_read_only()));
    }
    if !options.is_filterable() {
        tokens.extend(quote!(.without_filter()));
    }
    if !options.is_sortable() {
        tokens.extend(quote!(.without_order()));
    }
    if let Some(min) = &options.min {
        let text = &min.value;
        tokens.extend(quote_spanned!(min.span=> .with_min(#text)));
    }
    if let Some(max) = &options.max {
        let text = &max.value;
        tokens.extend(quote_spanned!(max.span=> .with_max(#text)));
    }
    if let Some(regex) = &options.regex {
        let text = &regex.value;
        // A static of its own, in which the compiled pattern is kept.
        let pattern = quote!({ static __P: __gm::Pattern = __gm::Pattern::new(#text); &__P });
        tokens.extend(quote_spanned!(regex.span=> .with_regex(#pattern)));
    }
    if let Some(path) = &options.validate {
        let ty = field.short_type();
        let span = path.span();
        let function = match field.is_option() {
            true => Ident::new("validate_some", span),
            false => Ident::new("validate", span),
        };
        // The call, in which a `&String` becomes the `&str` that a function may want.
        let call = quote_spanned!(span=> #path(__v));
        // Of the call's span: where the path is a macro's `$path`, any other `__v` would be unknown there.
        let value = Ident::new("__v", span);
        tokens.extend(quote!(.with_validate(|__v| __gm::#function::<#ty, _>(__v, |#value| #call))));
    }
    tokens
}

fn default(target: &Target<'_>, field: &Field) -> Option<TokenStream> {
    let (ty, options) = (field.short_type(), &field.options);
    let default = options.default.as_ref()?;
    if target.remote {
        return Some(quote!(.with_default(__gm::FieldDefault::Owner)));
    }
    let value = match &default.value {
        Some(value) => quote!(__gm::IntoField::into_field(#value)),
        None => quote_spanned!(default.span=> __gm::Default::default()),
    };
    Some(quote!(.default_fn(|| <#ty as __Type>::into_value(#value))))
}
