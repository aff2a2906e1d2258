//! What rows are written with: `…Create` and the chain of setters.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};

use super::remote_manager::field_docs;
use super::target::Target;
use crate::model::Field;

/// `…Create` and `…Draft`.
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
        " What a new [`{ident}`] must be given. What it may be given besides is set on the chain that `create` starts."
    );
    let draft_doc =
        format!(" A row of [`{ident}`] that is being written: fields are set on it, and `exec` writes it.");
    let carried = target.carried();
    quote! {
        #[doc = #create_doc]
        #[derive(::core::clone::Clone, ::core::fmt::Debug #default)]
        #carried
        #vis struct #create {
            #(#required)*
        }
        #[doc = #draft_doc]
        #[must_use = "nothing is written until `exec` is called and awaited"]
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #carried
        #vis struct #draft<K>(#private::Draft<K>);
    }
}

/// The setters, and `exec`. A required field has one only where a row is changed: a new row has it already.
pub(super) fn setters(target: &Target<'_>) -> TokenStream {
    let Target { ident, .. } = target;
    let (vis, draft) = (target.vis(), target.draft_ident());
    // A setter of a name that is taken, which has been reported, would be a second error.
    let settable = || {
        target
            .fields()
            .filter(|(_, field)| !field.options.is_id() && !field.has_method_name() && target.sets(field))
    };
    let setter = |(index, field): (u16, &Field)| {
        let Field { ident: name, ty, .. } = field;
        let (index, short) = (Literal::u16_unsuffixed(index), field.short_type());
        let doc = format!(" Sets `{}`.", field.own_name);
        let carried = field.carried.attributes();
        quote! {
            #[doc = #doc]
            #carried
            #vis fn #name(self, value: impl __gm::IntoField<#ty>) -> Self {
                Self(self.0.set_from(#index, value, <#short as __Type>::into_value))
            }
        }
    };
    let optional = settable().filter(|(_, field)| !field.is_required()).map(setter);
    let mut required = settable().filter(|(_, field)| field.is_required()).peekable();
    let required = required.peek().is_some().then(|| {
        let required = required.map(setter);
        quote! {
            impl #draft<__gm::Patch> {
                #(#required)*
            }
        }
    });
    // What is spanned so is not taken for the bound of a `derive` by the compiler, which would advise against it.
    let future = quote_spanned!(ident.span()=> ::core::future::Future for #draft<__K>);
    quote! {
        impl<__K> #draft<__K> {
            #(#optional)*
            /// Says why the row is written, for owners that keep a history.
            #vis fn history_comment(self, comment: impl ::core::convert::Into<::std::string::String>) -> Self {
                Self(self.0.history_comment(comment))
            }
            /// Writes, and gives the row as it is then.
            ///
            /// # Errors
            /// A value that does not fit its field, a denied permission, a conflict, or what the storage or the
            /// other service answers.
            #vis fn exec(self, gm: &__gm::Gm) -> __gm::WriteFuture<'_, #ident> where __K: __gm::WriteKind {
                __gm::WriteFuture::new(self.0.into_write(), gm)
            }
        }
        // For no draft: who awaits one is told of `exec`. Not `IntoFuture`, which all futures have: the compiler would speak
        // of it, and not of the bound.
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
        #required
    }
}
