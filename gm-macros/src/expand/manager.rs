//! The description, `impl Manager`, and the verbs.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::target::{Target, capability, refusal};
use super::{database, fields, interface, remote_api, remote_manager};
use crate::attributes::Operation;
use crate::model::Field;

/// `static __DESCRIPTION`.
pub(super) fn description(target: &Target<'_>) -> TokenStream {
    let name = target.ident.to_string();
    let fields = fields::descriptions(target);
    let index = Literal::u16_unsuffixed(target.id().0);
    let ident = &target.ident;
    // Which of the two the type's spelling told; an error if it told wrong shows at the id.
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
    let remote = remote_manager::description(target);
    let validation = validation(target);
    quote! {
        #fields
        static __DESCRIPTION: __gm::Description =
            #start #table #interface #api #remote #validation;
    }
}

/// `.with_validation(..)`. Who asks another service leaves it to that.
fn validation(target: &Target<'_>) -> Option<TokenStream> {
    let span = target.model.attributes.manager.validates()?;
    let ident = &target.ident;
    (!target.remote).then(|| quote_spanned!(span=> .with_validation(__gm::validation::<#ident>())))
}

/// `impl Manager` and the traits that say what is allowed.
pub(super) fn implementation(target: &Target<'_>) -> TokenStream {
    let Target { ident, .. } = target;
    let (handles, draft, (_, id)) = (target.fields_ident(), target.draft_ident(), target.id());
    let fields = || {
        target
            .fields()
            .map(|(index, field)| (Literal::u16_unsuffixed(index), &field.ident, field.short_type()))
    };
    let at = fields().map(|(index, name, _)| quote!(#name: __gm::Field::at(#index)));
    let to = fields().map(|(_, name, ty)| quote!(<#ty as __Type>::to_value(&self.#name)));
    let take = fields().map(|(_, name, ty)| quote!(#name: values.take(<#ty as __Type>::from_value)?));
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
    let exposed = remote_api::exposed(target);
    let invalidates = remote_manager::invalidates(target);
    let watches = remote_manager::watches(target);
    quote! {
        impl __gm::Manager for #ident {
            type Id = #id;
            type Fields = #handles;
            type Update = #draft<__gm::Patch>;
            const DESCRIPTION: &'static __gm::Description = &__DESCRIPTION;
            const FIELDS: #handles = #handles { #(#at),* };
            #[inline]
            fn start_update(id: #id) -> #draft<__gm::Patch> {
                #draft(__gm::Draft::patch(<#id as __Type>::to_value(&id)))
            }
            #[inline]
            fn id(&self) -> &#id {
                #id_value
            }
            #[inline]
            fn to_record(&self) -> __gm::Record {
                __gm::Record::new(::core::convert::From::from([#(#to),*]))
            }
            #[inline]
            fn decode(values: &mut __gm::RowDecoder<'_>) -> ::core::option::Option<Self> {
                #decode
            }
        }
        #(#allowed)*
        #watches
        #exposed
        #invalidates
    }
}

/// The verbs.
pub(super) fn verbs(target: &Target<'_>) -> TokenStream {
    let Target { ident, .. } = target;
    let reading = reading(target);
    let writing = writing(target);
    quote! {
        impl #ident {
            #reading
            #writing
        }
    }
}

fn reading(target: &Target<'_>) -> TokenStream {
    let (vis, handles, (_, id)) = (target.vis(), target.fields_ident(), target.id());
    // Text comes in several types; of any other id the type is known, so that `"7".parse()?` is understood.
    let is_text = target.model.id_field().is_some_and(Field::is_text);
    let inline = (!is_text).then(|| quote!(#[inline]));
    let (given, id_value) = match is_text {
        true => (quote!(impl __gm::IntoField<#id>), quote!(id.into_field())),
        false => (id, quote!(id)),
    };
    let filters = refusal(target, Operation::Filter);
    let details = refusal(target, Operation::Detail);
    let watches = remote_manager::watches(target)
        .is_none()
        .then(|| quote!(where for<'x> Self: __gm::Watches<'x>));
    quote! {
        /// A query of every row.
        #[inline]
        #vis fn query() -> __gm::Query<Self> #filters {
            __gm::Query::new()
        }
        /// A query of the rows for which these conditions hold.
        #vis fn filter<C: __gm::IntoFilter<Self>>(
            conditions: impl __gm::Conditions<#handles, C>,
        ) -> __gm::Query<Self> #filters {
            __gm::Query::new().filter(conditions)
        }
        /// A query of the rows for which not all of these conditions hold.
        #vis fn exclude<C: __gm::IntoFilter<Self>>(
            conditions: impl __gm::Conditions<#handles, C>,
        ) -> __gm::Query<Self> #filters {
            __gm::Query::new().exclude(conditions)
        }
        /// A query of every row, sorted.
        #vis fn order_by<O: __gm::IntoOrdering<Self>>(
            ordering: impl __gm::Ordering<#handles, O>,
        ) -> __gm::Query<Self> #filters {
            __gm::Query::new().order_by(ordering)
        }
        /// Every row.
        ///
        /// # Errors
        /// What the storage or the other service answers.
        #[inline]
        #vis fn all(gm: &__gm::Gm) -> __gm::ReadFuture<'_, __gm::Rows<Self>> #filters {
            __gm::Query::new().all(gm)
        }
        /// How many rows there are.
        ///
        /// # Errors
        /// What the storage or the other service answers.
        #[inline]
        #vis fn count(gm: &__gm::Gm) -> __gm::ReadFuture<'_, u64> #filters {
            __gm::Query::<Self>::new().count(gm)
        }
        /// Reads the row of this id.
        #inline
        #vis fn get(gm: &__gm::Gm, id: #given) -> __gm::ReadFuture<'_, Self> #details {
            __gm::ReadFuture::row(gm, #id_value)
        }
        /// What happens to the rows, as it happens.
        #[inline]
        #vis fn changes(gm: &__gm::Gm) -> __gm::Changes<Self> #watches {
            __gm::Changes::new(gm)
        }
        /// The row of this id, not read yet.
        #inline
        #vis fn by_id(id: #given) -> __gm::ById<Self> {
            __gm::ById::new(#id_value)
        }
    }
}

fn writing(target: &Target<'_>) -> TokenStream {
    let (vis, create, draft) = (target.vis(), target.create_ident(), target.draft_ident());
    let creates = refusal(target, Operation::Create);
    let updates = refusal(target, Operation::Update);
    let deletes = refusal(target, Operation::Delete);
    let required = target.fields().filter(|(_, field)| target.requires(field));
    let set = required.map(|(index, field)| {
        let (index, ident, ty) = (Literal::u16_unsuffixed(index), &field.ident, field.short_type());
        quote!(.set(#index, row.#ident, <#ty as __Type>::into_value))
    });
    let set: Vec<_> = set.collect();
    let row = if set.is_empty() { quote!(_) } else { quote!(row) };
    // Not by the trait's own methods: each would say again what the struct lacks to be a manager.
    let id = match target.model.id_field() {
        Some(Field { ident, .. }) => quote!(&self.#ident),
        None => quote!(__gm::Manager::id(self)),
    };
    let (_, id_type) = target.id();
    let id_value = quote!(<#id_type as __Type>::to_value(#id));
    quote! {
        /// Starts a new row: what it may be given besides is set on the chain, and `exec` writes it.
        #[inline]
        #vis fn create(#row: #create) -> #draft<__gm::Insert> #creates {
            #draft(__gm::Draft::insert() #(#set)*)
        }
        /// Starts a change of this row: fields are set on the chain, and `exec` writes them.
        #[inline]
        #vis fn update(&self) -> #draft<__gm::Patch> #updates {
            #draft(__gm::Draft::patch(#id_value))
        }
        /// Removes this row.
        #[inline]
        #vis fn delete<'g>(&self, gm: &'g __gm::Gm) -> __gm::WriteFuture<'g, ()> #deletes {
            __gm::WriteFuture::delete::<Self>(gm, #id)
        }
    }
}
