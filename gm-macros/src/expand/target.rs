//! One manager to emit.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::Visibility;

use crate::attributes::Operation;
use crate::model::{Field, Model};

/// One manager to emit: the declared struct, or the client generated beside it.
pub(super) struct Target<'a> {
    pub(super) model: &'a Model,
    pub(super) ident: Ident,
    /// Whether its rows are another service's.
    pub(super) remote: bool,
}

impl<'a> Target<'a> {
    /// The struct that carries the derive.
    pub(super) fn declared(model: &'a Model) -> Self {
        Self {
            model,
            ident: model.ident.clone(),
            remote: !model.is_owner(),
        }
    }

    /// The client of the struct that carries the derive.
    pub(super) fn client(model: &'a Model) -> Option<Self> {
        Some(Self {
            model,
            ident: model.client_ident()?,
            remote: true,
        })
    }

    /// What the generated structs have besides their documentation.
    pub(super) fn carried(&self) -> TokenStream {
        let (attributes, lints) = (self.model.carried.attributes(), self.model.lints());
        quote!(#attributes #[allow(dead_code, private_interfaces)] #lints)
    }

    pub(super) fn vis(&self) -> &'a Visibility {
        &self.model.vis
    }

    /// The hidden module that everything of the runtime is named through.
    pub(super) fn private(&self) -> TokenStream {
        let krate = &self.model.krate;
        quote!(#krate::__private)
    }

    pub(super) fn fields_ident(&self) -> Ident {
        format_ident!("{}Fields", self.ident)
    }

    pub(super) fn create_ident(&self) -> Ident {
        format_ident!("{}Create", self.ident)
    }

    pub(super) fn draft_ident(&self) -> Ident {
        format_ident!("{}Draft", self.ident)
    }

    /// The fields and their places.
    pub(super) fn fields(&self) -> impl Iterator<Item = (u16, &'a Field)> + use<'a> {
        (0..).zip(&self.model.fields)
    }

    /// Whether a new row's creator must give the field. What a consumer can only read, its owner fills.
    pub(super) fn requires(&self, field: &Field) -> bool {
        field.is_required() && self.sets(field)
    }

    /// Whether the field can be set at all.
    pub(super) fn sets(&self, field: &Field) -> bool {
        !(self.remote && field.options.is_read_only())
    }

    /// The id's place and type; a stand-in where none is marked, which is an error that has been reported.
    pub(super) fn id(&self) -> (u16, TokenStream) {
        self.fields()
            .find(|(_, field)| field.options.is_id())
            .map_or_else(
                || (0, quote!(i64)),
                |(index, field)| {
                    let ty = &field.ty;
                    (index, quote!(#ty))
                },
            )
    }

    /// What this program may do with the rows: an owner's own code everything, a consumer what the owner allows.
    pub(super) fn operations(&self) -> Vec<Operation> {
        let attributes = &self.model.attributes;
        let listed = attributes
            .remote_manager
            .as_ref()
            .and_then(|remote| remote.operations.as_ref());
        match (self.remote, listed, &attributes.remote_api) {
            (false, ..) => Operation::ALL.to_vec(),
            (true, Some(listed), _) => listed.value.iter().map(|operation| operation.value).collect(),
            (true, None, Some(api)) if self.model.is_owner() => api.operations(),
            (true, None, _) => Operation::ALL.to_vec(),
        }
    }
}

/// An operation in the runtime's terms.
pub(super) fn operation(operation: Operation) -> TokenStream {
    let name = match operation {
        Operation::Filter => quote!(Filter),
        Operation::Detail => quote!(Detail),
        Operation::Create => quote!(Create),
        Operation::Update => quote!(Update),
        Operation::Delete => quote!(Delete),
    };
    quote!(__gm::Operation::#name)
}

/// The trait without which the verbs of an operation are a compile error.
pub(super) fn capability(operation: Operation) -> TokenStream {
    match operation {
        Operation::Filter => quote!(__gm::Filters),
        Operation::Detail => quote!(__gm::Details),
        Operation::Create => quote!(__gm::Creates),
        Operation::Update => quote!(__gm::Updates),
        Operation::Delete => quote!(__gm::Deletes),
    }
}

/// `where for<'x> Self: __gm::Deletes<'x>`, where it does not hold: that refuses the call, in words of the bound's. One that
/// holds would be proved at each call, and at each verb be a place of its own in which types are judged.
pub(super) fn refusal(target: &Target<'_>, operation: Operation) -> Option<TokenStream> {
    let capability = capability(operation);
    let refused = !target.operations().contains(&operation);
    refused.then(|| quote!(where for<'x> Self: #capability<'x>))
}
