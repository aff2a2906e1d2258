//! The handles that queries are written with, and the descriptions of the fields.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::Target;
use crate::model::Field;

/// `…Fields`.
pub(super) fn handles(target: &Target<'_>) -> TokenStream {
    let Target { ident, .. } = target;
    let (vis, private, handles) = (target.vis(), target.private(), target.fields_ident());
    let doc = format!("The fields of [`{ident}`], for the closures of `filter`, `exclude` and `order_by`.");
    let fields = target.fields().map(|(_, field)| {
        let Field { ident: name, ty, .. } = field;
        let doc = format!("`{}`", field.name);
        quote! {
            #[doc = #doc]
            #vis #name: #private::Field<#ident, #ty>,
        }
    });
    quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
        #[allow(dead_code)]
        #vis struct #handles {
            #(#fields)*
        }
    }
}

/// `static __FIELDS`.
pub(super) fn descriptions(target: &Target<'_>) -> TokenStream {
    let count = target.model.fields.len();
    let descriptions = target.fields().map(|(_, field)| description(target, field));
    quote! {
        static __FIELDS: [__gm::FieldDescription; #count] = [#(#descriptions),*];
    }
}

/// What was declared of one field. Each option has the span of its argument: the runtime's builder judges in const
/// evaluation whether the option suits the type, and the error shows there.
fn description(target: &Target<'_>, field: &Field) -> TokenStream {
    let Field {
        name, ty, options, ..
    } = field;
    let span = field.ident.span();
    let constructor = if field.is_option() {
        quote_spanned!(span=> or_null)
    } else {
        quote_spanned!(span=> never_null)
    };
    let mut tokens =
        quote_spanned!(span=> __gm::FieldDescription::#constructor(#name, <#ty as __gm::FieldType>::KIND));
    if let Some(column) = &options.column {
        let column = &column.value;
        tokens.extend(quote!(.with_column(#column)));
    }
    if let Some(max_length) = &options.max_length {
        let value = max_length.value;
        tokens.extend(quote_spanned!(max_length.span=> .with_max_length(#value)));
    }
    if let Some(blank) = options.blank.as_ref().filter(|_| options.is_blank()) {
        tokens.extend(quote_spanned!(blank.span=> .with_blank()));
    }
    if let (Some(digits), Some(places)) = (&options.max_digits, &options.decimal_places) {
        let (max_digits, decimal_places) = (digits.value, places.value);
        tokens.extend(quote_spanned!(digits.span=> .with_decimal(#max_digits, #decimal_places)));
    } else if !target.remote {
        tokens.extend(quote_spanned!(span=> .stored()));
    }
    tokens.extend(default(target, field));
    tokens
}

fn default(target: &Target<'_>, field: &Field) -> Option<TokenStream> {
    let Field { ty, options, .. } = field;
    let default = options.default.as_ref()?;
    if target.remote {
        return Some(quote!(.with_default(__gm::FieldDefault::Owner)));
    }
    let value = match &default.value {
        Some(value) => quote!(__gm::IntoField::<#ty>::into_field(#value)),
        None => quote_spanned!(default.span=> <#ty as ::core::default::Default>::default()),
    };
    Some(quote! {
        .with_default(__gm::FieldDefault::Value(|| <#ty as __gm::FieldType>::into_value(#value)))
    })
}
