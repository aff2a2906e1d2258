//! The description, `impl Manager`, and the verbs.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Target, allowed, capability, database, fields, remote_api, remote_manager};
use crate::attributes::Operation;
use crate::model::Field;

/// `static __DESCRIPTION`.
pub(super) fn description(target: &Target<'_>) -> TokenStream {
    let name = target.ident.to_string();
    let fields = fields::descriptions(target);
    let (index, id) = target.id();
    let constructor = match target.model.id_index().and_then(|id| target.model.fields.get(id)) {
        Some(field) if field.is_assigned_id() => quote!(assigned),
        _ => quote!(given),
    };
    let table = database::description(target);
    let api = remote_api::description(target);
    let remote = remote_manager::description(target);
    quote! {
        #fields
        static __DESCRIPTION: __gm::Description =
            __gm::Description::#constructor(#name, &__FIELDS, #index, <#id as __gm::IdType>::ASSIGNED) #table #api #remote;
    }
}

/// `impl Manager` and the traits that say what is allowed.
pub(super) fn implementation(target: &Target<'_>) -> TokenStream {
    let Target { ident, .. } = target;
    let (handles, draft, (_, id)) = (target.fields_ident(), target.draft_ident(), target.id());
    let fields = || {
        target
            .fields()
            .map(|(index, Field { ident, ty, .. })| (index, ident, ty))
    };
    let at = fields().map(|(index, name, _)| quote!(#name: __gm::Field::at(#index)));
    let to = fields().map(|(_, name, ty)| quote!(<#ty as __gm::FieldType>::to_value(&self.#name)));
    let from = fields()
        .map(|(index, name, ty)| quote!(#name: record.take(#index, <#ty as __gm::FieldType>::from_value)?));
    let id_field = target.model.id_index().and_then(|id| target.model.fields.get(id));
    let id_value = match id_field {
        Some(Field { ident, .. }) => quote!(&self.#ident),
        None => quote!(::core::unreachable!()),
    };
    let allowed = target.operations().into_iter().map(|operation| {
        let capability = capability(operation);
        quote!(impl<'x> #capability<'x> for #ident {})
    });
    let exposed = remote_api::exposed(target);
    let invalidates = remote_manager::invalidates(target);
    quote! {
        impl __gm::Manager for #ident {
            type Id = #id;
            type Fields = #handles;
            type Update = #draft<__gm::Patch>;
            const DESCRIPTION: &'static __gm::Description = &__DESCRIPTION;
            fn fields() -> #handles {
                #handles { #(#at),* }
            }
            fn start_update(id: #id) -> #draft<__gm::Patch> {
                #draft(__gm::Draft::patch(id))
            }
            fn id(&self) -> &#id {
                #id_value
            }
            fn to_record(&self) -> __gm::Record {
                __gm::Record::new(::std::vec![#(#to),*])
            }
            fn from_record(mut record: __gm::Record) -> ::core::result::Result<Self, __gm::RecordError> {
                ::core::result::Result::Ok(Self { #(#from),* })
            }
        }
        #(#allowed)*
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
        #[allow(dead_code)]
        impl #ident {
            #reading
            #writing
        }
    }
}

fn reading(target: &Target<'_>) -> TokenStream {
    let (vis, handles, (_, id)) = (target.vis(), target.fields_ident(), target.id());
    let filters = allowed(Operation::Filter);
    let details = allowed(Operation::Detail);
    quote! {
        /// A query of every row.
        #vis fn query() -> __gm::Query<Self> #filters {
            __gm::Query::new()
        }
        /// A query of the rows for which these conditions hold.
        #vis fn filter(
            conditions: impl ::core::ops::FnOnce(#handles) -> __gm::Filter<Self>,
        ) -> __gm::Query<Self> #filters {
            __gm::Query::new().filter(conditions)
        }
        /// A query of the rows for which not all of these conditions hold.
        #vis fn exclude(
            conditions: impl ::core::ops::FnOnce(#handles) -> __gm::Filter<Self>,
        ) -> __gm::Query<Self> #filters {
            __gm::Query::new().exclude(conditions)
        }
        /// A query of every row, sorted.
        #vis fn order_by<O: __gm::IntoOrdering<Self>>(
            ordering: impl ::core::ops::FnOnce(#handles) -> O,
        ) -> __gm::Query<Self> #filters {
            __gm::Query::new().order_by(ordering)
        }
        /// Every row.
        ///
        /// # Errors
        /// What the storage or the other service answers.
        #vis async fn all(gm: &__gm::Gm) -> ::core::result::Result<__gm::Rows<Self>, __gm::Error> #filters {
            __gm::Query::new().all(gm).await
        }
        /// How many rows there are.
        ///
        /// # Errors
        /// What the storage or the other service answers.
        #vis async fn count(gm: &__gm::Gm) -> ::core::result::Result<u64, __gm::Error> #filters {
            __gm::Query::<Self>::new().count(gm).await
        }
        /// Reads the row of this id.
        #vis fn get(gm: &__gm::Gm, id: impl __gm::IntoField<#id>) -> __gm::Get<'_, Self> #details {
            __gm::Get::new(gm, id.into_field())
        }
        /// The row of this id, not read yet.
        #vis fn by_id(id: impl __gm::IntoField<#id>) -> __gm::ById<Self> {
            __gm::ById::new(id)
        }
    }
}

fn writing(target: &Target<'_>) -> TokenStream {
    let (vis, create, draft) = (target.vis(), target.create_ident(), target.draft_ident());
    let creates = allowed(Operation::Create);
    let updates = allowed(Operation::Update);
    let deletes = allowed(Operation::Delete);
    let required = target.fields().filter(|(_, field)| field.is_required());
    let set = required.map(|(index, Field { ident, ty, .. })| {
        quote!(.set(#index, <#ty as __gm::FieldType>::into_value(row.#ident)))
    });
    let set: Vec<_> = set.collect();
    let row = if set.is_empty() { quote!(_) } else { quote!(row) };
    quote! {
        /// Starts a new row: what it may be given besides is set on the chain, and `exec` writes it.
        #vis fn create(#row: #create) -> #draft<__gm::Insert> #creates {
            #draft(__gm::Draft::insert() #(#set)*)
        }
        /// Starts a change of this row: fields are set on the chain, and `exec` writes them.
        #vis fn update(&self) -> #draft<__gm::Patch> #updates {
            <Self as __gm::Manager>::start_update(::core::clone::Clone::clone(__gm::Manager::id(self)))
        }
        /// Removes this row.
        #vis fn delete<'g>(&self, gm: &'g __gm::Gm) -> __gm::Delete<'g, Self> #deletes {
            __gm::Delete::new(gm, ::core::clone::Clone::clone(__gm::Manager::id(self)))
        }
    }
}
