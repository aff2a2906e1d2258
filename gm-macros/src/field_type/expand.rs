//! The expansion of an enum: conversions between its variants and their names.

use proc_macro2::TokenStream;
use quote::quote;

use super::model::{Model, Variant};

/// Ends the error of a consumer that reads an unknown value.
const HINT: &str = "a variant with `#[field_type(other)]` holds values that a newer service may add";

/// `impl FieldType` and the traits of its lookups.
pub(super) fn expand(model: &Model) -> TokenStream {
    let named: Vec<(&Variant, String)> = model
        .variants
        .iter()
        .filter(|variant| variant.other.is_none())
        .map(|variant| (variant, variant.name()))
        .collect();
    let other = model.variants.iter().find(|variant| variant.other.is_some());
    let to = named
        .iter()
        .map(|(Variant { ident, .. }, name)| quote!(Self::#ident => #name,));
    // Both conversions name the same trait at the same span, so that a field which is no `String` is one error.
    let other_value = |Variant { fields, .. }: &Variant| {
        let ty = fields.iter().next().map(|field| &field.ty);
        quote!(<#ty as __gm::OtherValue>)
    };
    let to_other = other.map(|variant| {
        let (ident, other_value) = (&variant.ident, other_value(variant));
        quote!(Self::#ident(text) => #other_value::as_text(text),)
    });
    let from = named
        .iter()
        .map(|(Variant { ident, .. }, name)| quote!(#name => Self::#ident,));
    let names: Vec<_> = named.iter().map(|(_, name)| name).collect();
    let (from_other, check) = match other {
        Some(variant) => {
            let (ident, other_value) = (&variant.ident, other_value(variant));
            (
                quote!(_ => Self::#ident(#other_value::from_text(text))),
                quote!(::core::result::Result::Ok(())),
            )
        }
        None => (
            quote! {
                text => return ::core::result::Result::Err(__gm::unknown_name(text, &[#(#names),*], #HINT))
            },
            quote!(__gm::check_name(value, &[#(#names),*])),
        ),
    };
    let to_value = quote! {
        let name = match self {
            #(#to)*
            #to_other
        };
        __gm::Value::Text(::core::convert::From::from(name))
    };
    implementation(
        model,
        &to_value,
        &quote! {
            let text = <::std::string::String as __Type>::from_value(value)?;
            ::core::result::Result::Ok(match ::std::string::String::as_str(&text) {
                #(#from)*
                #from_other,
            })
        },
        &check,
        Some(&match other {
            Some(_) => quote! {
                const VALUES: __gm::FieldValues = __gm::FieldValues::Open(&[#(#names),*]);
            },
            None => quote! {
                const HINT: &'static str = #HINT;
                const VALUES: __gm::FieldValues = __gm::FieldValues::Names(&[#(#names),*]);
            },
        }),
    )
}

/// The expansion of an enum with mistakes, so that managers with a field of this type cause no errors of their own.
pub(super) fn fallback(model: &Model) -> Option<TokenStream> {
    let unreachable = quote!(::core::unreachable!());
    // A generic enum has none: the impl would need its parameters.
    (!model.generic).then(|| implementation(model, &unreachable, &unreachable, &unreachable, None))
}

fn implementation(
    model: &Model,
    to_value: &TokenStream,
    from_value: &TokenStream,
    check: &TokenStream,
    constants: Option<&TokenStream>,
) -> TokenStream {
    let Model { ident, krate, .. } = model;
    // The generated code names the enum and its variants, which may be deprecated.
    quote! {
        #[allow(deprecated)]
        const _: () = {
            use #krate::__private::{self as __gm, FieldType as __Type};
            impl __Type for #ident {
                const VALUE_TYPE: __gm::ValueType = __gm::ValueType::Text;
                #constants
                fn into_value(self) -> __gm::Value {
                    __Type::to_value(&self)
                }
                fn to_value(&self) -> __gm::Value {
                    #to_value
                }
                fn from_value(value: __gm::Value) -> ::core::result::Result<Self, __gm::ValueError> {
                    #from_value
                }
                fn check(value: &__gm::Value) -> ::core::result::Result<(), __gm::ValueError> {
                    #check
                }
            }
            impl __gm::NotNull for #ident {}
            impl __gm::OrderedField for #ident {}
        };
    }
}
