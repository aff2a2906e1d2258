//! The structs of writes: `…Create` with the required fields of a new row, and `…Draft` with the setters and `exec`.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};

use super::field_docs::field_docs;
use super::target::Target;
use crate::model::Field;

/// `struct …Create` and `struct …Draft`.
pub(super) fn structs(target: &Target<'_>) -> TokenStream {
    let Target { ident, .. } = target;
    let (vis, private) = (target.vis(), target.private());
    let (create, draft) = (target.create_ident(), target.draft_ident());
    let mut required = target
        .fields()
        .filter(|(_, field)| target.requires(field))
        .peekable();
    let default = required
        .peek()
        .is_none()
        .then(|| quote!(, ::core::default::Default));
    let required = required.map(|(_, field)| {
        let Field { ident: name, ty, .. } = field;
        let docs = field_docs(field);
        quote! {
            #docs
            #vis #name: #ty,
        }
    });
    let create_doc = format!(
        " The required fields of a new [`{ident}`]. Optional fields are set on the draft that `create` returns."
    );
    let draft_doc = format!(" A draft of a [`{ident}`]: setters set its fields, and `exec` writes it.");
    let attributes = target.struct_attributes();
    quote! {
        #[doc = #create_doc]
        #[derive(::core::clone::Clone, ::core::fmt::Debug #default)]
        #attributes
        #vis struct #create {
            #(#required)*
        }
        #[doc = #draft_doc]
        #[must_use = "nothing is written until `exec` is called and awaited"]
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #attributes
        #vis struct #draft<K>(#private::Draft<K>);
    }
}

/// The methods of `…Draft`. A required field has a setter for an update only: `…Create` contains it already.
pub(super) fn methods(target: &Target<'_>) -> TokenStream {
    let Target { ident, .. } = target;
    let (vis, draft) = (target.vis(), target.draft_ident());
    // A field with the name of another method has been reported. Its setter would be a second error.
    let has_version = target.model.version_field().is_some();
    let is_method =
        |field: &Field| field.has_method_name() || (has_version && field.rust_name == "overwrite");
    let settable = || {
        target
            .fields()
            .filter(|(_, field)| !field.options.is_id() && !is_method(field) && target.can_set(field))
    };
    let setter = |(index, field): (u16, &Field)| {
        let Field { ident: name, ty, .. } = field;
        let (index, short) = (Literal::u16_unsuffixed(index), field.short_type());
        let doc = format!(" Sets `{}`.", field.rust_name);
        let forwarded = field.forwarded.attributes();
        quote! {
            #[doc = #doc]
            #forwarded
            #vis fn #name(self, value: impl __gm::IntoField<#ty>) -> Self {
                Self(self.0.set_from(#index, value, <#short as __Type>::into_value))
            }
        }
    };
    let optional = settable().filter(|(_, field)| !field.is_required()).map(setter);
    let overwrite = target.model.version_field().map(|_| {
        quote! {
            /// Updates the row even if another editor has changed it since it was read.
            #vis fn overwrite(self) -> Self {
                Self(self.0.expect_version(::core::option::Option::None))
            }
        }
    });
    let overwrite = overwrite.map(|overwrite| quote!(impl #draft<__gm::Patch> { #overwrite }));
    let mut required = settable()
        .filter(|(_, field)| field.is_required())
        .map(setter)
        .peekable();
    let of_updates = required.peek().is_some().then(|| {
        quote! {
            impl<__K> #draft<__K> where __K: __gm::UpdateKind {
                #(#required)*
            }
        }
    });
    let is_unsettable = |field: &Field| !field.options.is_id() && !is_method(field) && !target.can_set(field);
    let unsettable = target.fields().filter(|(_, field)| is_unsettable(field));
    let mut unsettable = unsettable.map(|(_, field)| &field.ident).peekable();
    // The bound holds for no draft. Its message says why there is no setter.
    let unsettable = unsettable.peek().is_some().then(|| {
        quote! {
            #[doc(hidden)]
            impl<__K> #draft<__K> {
                #(#vis fn #unsettable<T>(self, _: T) -> Self where __gm::Draft<__K>: __gm::SetsKeptFields { self })*
            }
        }
    });
    let bulk = bulk(target);
    // With the struct's span, the compiler does not take this for a bound of the derive, and gives no advice about it.
    let future = quote_spanned!(ident.span()=> ::core::future::Future for #draft<__K>);
    quote! {
        impl<__K> #draft<__K> {
            #(#optional)*
            /// Sets the reason of the write, for owners that keep a history.
            #vis fn history_comment(self, comment: impl ::core::convert::Into<::std::string::String>) -> Self {
                Self(self.0.history_comment(comment))
            }
            /// Writes the row, and returns it as it is stored. After `update_all` it writes every row that matches, and returns
            /// the number of changed rows.
            ///
            /// # Errors
            /// Invalid values, a denied permission, a conflict, or an error of the storage or of the other
            /// service.
            #vis fn exec(self, gm: &__gm::Gm) -> __gm::WriteFuture<'_, __K::Written<#ident>> where __K: __gm::DraftKind {
                self.0.exec::<#ident>(gm)
            }
        }
        impl<__K: __gm::WriteKind> __gm::IntoBatch for #draft<__K> {
            type Manager = #ident;
            fn into_batch(self) -> __gm::BatchDraft<#ident> {
                ::core::convert::Into::into(self.0.into_write())
            }
        }
        // The bound holds for no draft. Its message tells a caller that awaits a draft to call `exec`. It is not an impl of
        // `IntoFuture`, because the compiler would then report that trait and not the bound.
        #[doc(hidden)]
        impl<__K> #future where __gm::Draft<__K>: __gm::Awaitable<#ident> {
            type Output = ::core::result::Result<#ident, __gm::Error>;
            fn poll(
                self: ::core::pin::Pin<&mut Self>,
                _: &mut ::core::task::Context<'_>,
            ) -> ::core::task::Poll<Self::Output> {
                <__gm::Draft<__K> as __gm::Awaitable<_>>::poll()
            }
        }
        #of_updates
        #unsettable
        #overwrite
        #bulk
    }
}

/// What the writes of many rows need: rows of `create_many` from `…Create`, and the draft of `update_all`.
fn bulk(target: &Target<'_>) -> Option<TokenStream> {
    let Target { ident, .. } = target;
    let (create, draft) = (target.create_ident(), target.draft_ident());
    target.writes_many().then(|| {
        quote! {
            impl ::core::convert::From<#create> for #draft<__gm::Insert> {
                fn from(row: #create) -> Self {
                    #ident::create(row)
                }
            }
            impl<'x> __gm::WritesMany<'x> for #ident {
                type UpdateAll = #draft<__gm::PatchAll>;
                fn start_update_all(draft: __gm::Draft<__gm::PatchAll>) -> Self::UpdateAll {
                    #draft(draft)
                }
            }
        }
    })
}
