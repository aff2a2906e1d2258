//! The expansion of a `#[computed]` block: the descriptions of the fields, and the functions that compute them.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Attribute, Type};

use crate::expand::computed_rules;
use crate::model::{Field, Model};

/// `impl ComputedFields`, which the derive finds by `ComputedOf`.
pub(super) fn items(model: &Model, cfgs: &[Vec<Attribute>], ty: &Type) -> TokenStream {
    let (krate, lints) = (&model.krate, model.lints());
    let fields = model.fields.iter().zip(cfgs).map(|(field, cfgs)| {
        let description = description(model, field);
        quote!(#(#cfgs)* #description)
    });
    let methods = model.fields.iter().zip(cfgs).map(|(field, cfgs)| {
        let Field { ident, ty: value, .. } = field;
        quote!(#(#cfgs)* |row| <#value as __Type>::into_value(<#ty>::#ident(row)))
    });
    // The generated code names the methods, which may be deprecated.
    quote! {
        #[allow(deprecated, private_interfaces)]
        #lints
        const _: () = {
            use #krate::__private::{self as __gm, ComputedField as __Field, FieldType as __Type};
            impl __gm::ComputedFields for #ty {
                const COMPUTED: &'static [__Field] = &[#(#fields),*];
                const METHODS: &'static [fn(&Self) -> __gm::Value] = &[#(#methods),*];
            }
            // The type must be a manager, although the derive finds the impl by itself.
            const _: fn() -> __gm::Computed = __gm::Computed::of::<#ty>;
        };
    }
}

fn description(model: &Model, field: &Field) -> TokenStream {
    let Field {
        rust_name,
        ty,
        options,
        ..
    } = field;
    let span = field.ident.span();
    let mut tokens = quote_spanned!(span=> __Field::new(#rust_name, <#ty as __Type>::KIND));
    if let Some(name) = &options.rename {
        let name = &name.value;
        tokens.extend(quote!(.with_name(#name)));
    }
    if let (Some(digits), Some(places)) = (&options.max_digits, &options.decimal_places) {
        let (max_digits, decimal_places) = (
            Literal::u32_unsuffixed(digits.value),
            Literal::u32_unsuffixed(places.value),
        );
        tokens.extend(quote_spanned!(digits.span=> .with_decimal(#max_digits, #decimal_places)));
    }
    tokens.extend(computed_rules(model, field));
    tokens
}
