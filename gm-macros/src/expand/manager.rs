//! The description, `impl Manager`, and the traits of allowed operations.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::target::{Target, capability};
use super::{database, fields, interface, remote_api, remote_manager, rule};
use crate::model::Field;

/// `static __DESCRIPTION`.
pub(super) fn description(target: &Target<'_>) -> TokenStream {
    let name = target.ident.to_string();
    let fields = fields::descriptions(target);
    let index = Literal::u16_unsuffixed(target.id().0);
    let ident = &target.ident;
    // Chosen by the spelling of the id's type. The constructor asserts it, and a failure is reported at the id.
    let id = target.model.id_field();
    let constructor = match id {
        Some(field) if !field.is_assigned_id() => format_ident!("with_given_id"),
        _ => format_ident!("with_assigned_id"),
    };
    let span = id.map_or_else(Span::call_site, |field| field.ident.span());
    let start = quote_spanned!(span=> __gm::Description::#constructor::<#ident>(#name, &__FIELDS, #index));
    let table = database::description(target);
    let interface = interface::description(target);
    let api = remote_api::description(target);
    let permissions = rule::permissions(target);
    let (rules, permissions) =
        permissions.map_or_else(Default::default, |rules| (rules.constants, rules.call));
    let remote = remote_manager::description(target);
    let computed = computed(target);
    let validation = validation(target);
    quote! {
        #fields
        #(#rules)*
        static __DESCRIPTION: __gm::Description =
            #start #table #interface #api #permissions #remote #validation #computed;
    }
}

/// `.with_validation(..)`. A consumer leaves the validation to the owner.
fn validation(target: &Target<'_>) -> Option<TokenStream> {
    let span = target.model.attributes.manager.validate_span()?;
    let ident = &target.ident;
    (!target.remote).then(|| quote_spanned!(span=> .with_validation(__gm::validation::<#ident>())))
}

/// `.with_computed(..)` for rows that are served: the fields of the `#[computed]` block, or none without such a block.
fn computed(target: &Target<'_>) -> Option<TokenStream> {
    let is_served = remote_api::exposed(target).is_some() && !target.model.has_errors;
    let ident = &target.ident;
    is_served.then(|| {
        quote! {
            .with_computed({
                use __gm::NoComputedFields as _;
                __gm::ComputedOf::<#ident>::COMPUTED
            })
        }
    })
}

/// `impl Manager`, and the traits of the allowed operations.
pub(super) fn implementation(target: &Target<'_>) -> TokenStream {
    let Target { ident, .. } = target;
    let (handles, draft, (_, id)) = (target.fields_ident(), target.draft_ident(), target.id());
    let fields = || {
        target
            .fields()
            .map(|(_, field)| (&field.ident, field.short_type()))
    };
    let to_value = fields().map(|(name, ty)| quote!(<#ty as __Type>::to_value(&self.#name)));
    let take = fields().map(|(name, ty)| quote!(#name: values.take(<#ty as __Type>::from_value)?));
    let id_value = match target.model.id_field() {
        Some(Field { ident, .. }) => quote!(&self.#ident),
        None => quote!(::core::unreachable!()),
    };
    let decode = match target.model.shape {
        Ok(()) => quote!(::core::option::Option::Some(Self { #(#take),* })),
        Err(_) => quote!(::core::unreachable!()),
    };
    let allowed = target.operations().into_iter().map(|operation| {
        let capability = capability(operation);
        quote!(impl<'x> #capability<'x> for #ident {})
    });
    let versions = target
        .model
        .version_field()
        .map(|_| quote!(impl<'x> __gm::Versions<'x> for #ident {}));
    let exposed = remote_api::exposed(target);
    let invalidates = remote_manager::invalidates(target);
    let watches = remote_manager::watches(target);
    quote! {
        impl __gm::Manager for #ident {
            type Id = #id;
            type Fields = #handles;
            type FieldsThrough<__M: 'static, __P: 'static> = #handles<__M, __P>;
            type Update = #draft<__gm::Patch>;
            const DESCRIPTION: &'static __gm::Description = &__DESCRIPTION;
            #[inline]
            fn start_update(id: #id, version: ::core::option::Option<i64>) -> #draft<__gm::Patch> {
                #draft(__gm::Draft::patch(<#id as __Type>::to_value(&id)).expect_version(version))
            }
            #[inline]
            fn id(&self) -> &#id {
                #id_value
            }
            #[inline]
            fn to_record(&self) -> __gm::Record {
                __gm::Record::new(::core::convert::From::from([#(#to_value),*]))
            }
            #[inline]
            fn decode(values: &mut __gm::RowDecoder<'_>) -> ::core::option::Option<Self> {
                #decode
            }
        }
        #(#allowed)*
        #versions
        #watches
        #exposed
        #invalidates
    }
}
