//! The verbs: the functions and methods of the struct that read, write and watch rows.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::target::{Target, unmet_bound};
use super::{reference, remote_manager};
use crate::attributes::Operation;
use crate::model::Field;

/// `impl` of the struct with all verbs.
pub(super) fn verbs(target: &Target<'_>) -> TokenStream {
    let Target { ident, .. } = target;
    let reads = reads(target);
    let writes = writes(target);
    let references = target
        .references()
        .filter(|_| !target.model.has_errors)
        .map(|reference| reference::verb(target, &reference));
    quote! {
        impl #ident {
            #reads
            #writes
            #(#references)*
        }
    }
}

fn reads(target: &Target<'_>) -> TokenStream {
    let (vis, handles, (_, id)) = (target.vis(), target.fields_ident(), target.id());
    // A text id accepts `&str` too. Any other id accepts its own type alone, so that the type of `"7".parse()?` is inferred.
    let is_text = target.model.id_field().is_some_and(Field::is_text);
    let inline = (!is_text).then(|| quote!(#[inline]));
    let (id_argument, id_value) = match is_text {
        true => (quote!(impl __gm::IntoField<#id>), quote!(id.into_field())),
        false => (id, quote!(id)),
    };
    let filters = unmet_bound(target, Operation::Filter);
    let details = unmet_bound(target, Operation::Detail);
    let watches = remote_manager::watches(target)
        .is_none()
        .then(|| quote!(where for<'x> Self: __gm::Watches<'x>));
    quote! {
        /// A query of all rows.
        #[inline]
        #vis fn query() -> __gm::Query<Self> #filters {
            __gm::Query::new()
        }
        /// A query of the rows that match these conditions.
        #vis fn filter<C: __gm::IntoFilter<Self>>(
            conditions: impl __gm::Conditions<#handles, C>,
        ) -> __gm::Query<Self> #filters {
            __gm::Query::new().filter(conditions)
        }
        /// A query of all rows except those that match these conditions.
        #vis fn exclude<C: __gm::IntoFilter<Self>>(
            conditions: impl __gm::Conditions<#handles, C>,
        ) -> __gm::Query<Self> #filters {
            __gm::Query::new().exclude(conditions)
        }
        /// A query of all rows in this order.
        #vis fn order_by<O: __gm::IntoOrdering<Self>>(
            ordering: impl __gm::Ordering<#handles, O>,
        ) -> __gm::Query<Self> #filters {
            __gm::Query::new().order_by(ordering)
        }
        /// Reads all rows.
        ///
        /// # Errors
        /// An error of the storage or of the other service.
        #[inline]
        #vis fn all(gm: &__gm::Gm) -> __gm::ReadFuture<'_, __gm::Rows<Self>> #filters {
            __gm::Query::new().all(gm)
        }
        /// Counts all rows.
        ///
        /// # Errors
        /// An error of the storage or of the other service.
        #[inline]
        #vis fn count(gm: &__gm::Gm) -> __gm::ReadFuture<'_, u64> #filters {
            __gm::Query::<Self>::new().count(gm)
        }
        /// Reads the row with this id.
        #inline
        #vis fn get(gm: &__gm::Gm, id: #id_argument) -> __gm::ReadFuture<'_, Self> #details {
            __gm::ReadFuture::row(gm, #id_value)
        }
        /// A stream of the changes of rows.
        #[inline]
        #vis fn changes(gm: &__gm::Gm) -> __gm::Changes<Self> #watches {
            __gm::Changes::new(gm)
        }
        /// The row with this id, without reading it.
        #inline
        #vis fn by_id(id: #id_argument) -> __gm::ById<Self> {
            __gm::ById::new(#id_value)
        }
    }
}

/// The documentation of `update` and `delete` of a row with a version.
const STALE: &str =
    " It fails with `Error::Stale` if the row was changed since it was read, unless `overwrite` is called.";

fn writes(target: &Target<'_>) -> TokenStream {
    let (vis, create, draft) = (target.vis(), target.create_ident(), target.draft_ident());
    let creates = unmet_bound(target, Operation::Create);
    let updates = unmet_bound(target, Operation::Update);
    let deletes = unmet_bound(target, Operation::Delete);
    let required = target.fields().filter(|(_, field)| target.requires(field));
    let set = required.map(|(index, field)| {
        let (index, ident, ty) = (Literal::u16_unsuffixed(index), &field.ident, field.short_type());
        quote!(.set(#index, row.#ident, <#ty as __Type>::into_value))
    });
    let set: Vec<_> = set.collect();
    let row = if set.is_empty() { quote!(_) } else { quote!(row) };
    // No call of a method of `Manager`: if the struct lacks a bound of that trait, each call would report it again.
    let id = match target.model.id_field() {
        Some(Field { ident, .. }) => quote!(&self.#ident),
        None => quote!(__gm::Manager::id(self)),
    };
    let (_, id_type) = target.id();
    let id_value = quote!(<#id_type as __Type>::to_value(#id));
    let version = target.model.version_field().map(|field| {
        let name = &field.ident;
        quote!(.expect_version(::core::option::Option::Some(self.#name)))
    });
    let create_many = match target.writes_many() {
        true => quote! {
            #vis fn create_many<R: ::core::convert::Into<#draft<__gm::Insert>>>(
                rows: impl ::core::iter::IntoIterator<Item = R>,
            ) -> __gm::CreateMany<Self> {
                __gm::CreateMany::new(rows, |row| <R as ::core::convert::Into<#draft<__gm::Insert>>>::into(row).0)
            }
        },
        false => quote! {
            #vis fn create_many<R>(_: impl ::core::iter::IntoIterator<Item = R>) -> __gm::CreateMany<Self>
            where
                for<'x> Self: __gm::WritesMany<'x>,
            {
                __gm::CreateMany::none()
            }
        },
    };
    let stale = version.as_ref().map(|_| quote!(#[doc = ""] #[doc = #STALE]));
    quote! {
        /// Starts a new row. The draft's setters set optional fields, and `exec` writes the row.
        #[inline]
        #vis fn create(#row: #create) -> #draft<__gm::Insert> #creates {
            #draft(__gm::Draft::insert() #(#set)*)
        }
        /// Starts many new rows, from the struct of the required fields or from the drafts that `create` returns. `exec` writes
        /// them in one transaction, and returns their ids.
        #create_many
        /// Starts an update of this row. The draft's setters set fields, and `exec` writes them.
        #stale
        #[inline]
        #vis fn update(&self) -> #draft<__gm::Patch> #updates {
            #draft(__gm::Draft::patch(#id_value) #version)
        }
        /// Deletes this row.
        #stale
        #[inline]
        #vis fn delete<'g>(&self, gm: &'g __gm::Gm) -> __gm::WriteFuture<'g, ()> #deletes {
            __gm::WriteFuture::delete::<Self>(gm, #id) #version
        }
    }
}
