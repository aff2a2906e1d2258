//! From what was declared to the code that the derive emits: descriptions, handles, inputs and thin trait impls.
//!
//! Nothing here decides anything at run time: everything that is emitted calls the runtime's generic functions.
//!
//! What is generated carries `#[allow(dead_code, private_interfaces)]`: an application need not use every verb, and a
//! manager may have fields of types that are less visible than itself. Neither is a mistake of its author's. It carries
//! what the struct and its fields allow, too: it has their names.

mod database;
mod fallback;
mod fields;
mod inputs;
mod interface;
mod manager;
mod remote_api;
mod remote_manager;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::Visibility;

use crate::attributes::Operation;
use crate::model::{Field, Model};

pub(crate) use fallback::fallback;

/// One manager to emit: the declared struct, or the client generated beside it.
struct Target<'a> {
    model: &'a Model,
    ident: Ident,
    /// Whether its rows are another service's.
    remote: bool,
}

impl<'a> Target<'a> {
    /// The struct that carries the derive.
    fn declared(model: &'a Model) -> Self {
        Self {
            model,
            ident: model.ident.clone(),
            remote: !model.is_owner(),
        }
    }

    /// The client of the struct that carries the derive.
    fn client(model: &'a Model) -> Option<Self> {
        Some(Self {
            model,
            ident: model.client_ident()?,
            remote: true,
        })
    }

    /// What the generated structs have besides their documentation.
    fn carried(&self) -> TokenStream {
        let (attributes, lints) = (self.model.carried.attributes(), self.model.lints());
        quote!(#attributes #[allow(dead_code, private_interfaces)] #lints)
    }

    fn vis(&self) -> &'a Visibility {
        &self.model.vis
    }

    /// The hidden module that everything of the runtime is named through.
    fn private(&self) -> TokenStream {
        let krate = &self.model.krate;
        quote!(#krate::__private)
    }

    fn fields_ident(&self) -> Ident {
        format_ident!("{}Fields", self.ident)
    }

    fn create_ident(&self) -> Ident {
        format_ident!("{}Create", self.ident)
    }

    fn draft_ident(&self) -> Ident {
        format_ident!("{}Draft", self.ident)
    }

    /// The fields and their places.
    fn fields(&self) -> impl Iterator<Item = (u16, &'a Field)> + use<'a> {
        (0..).zip(&self.model.fields)
    }

    /// Whether a new row's creator must give the field. What a consumer can only read, its owner fills.
    fn requires(&self, field: &Field) -> bool {
        field.is_required() && self.sets(field)
    }

    /// Whether the field can be set at all.
    fn sets(&self, field: &Field) -> bool {
        !(self.remote && field.options.is_read_only())
    }

    /// The id's place and type; a stand-in where none is marked, which is an error that has been reported.
    fn id(&self) -> (u16, TokenStream) {
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
    fn operations(&self) -> Vec<Operation> {
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

/// What the derive emits.
pub(crate) fn expand(model: &Model) -> TokenStream {
    let declared = target(&Target::declared(model));
    let client = Target::client(model).map(|client| {
        let items = remote_manager::client_struct(&client);
        let manager = target(&client);
        quote!(#items #manager)
    });
    quote!(#declared #client)
}

fn target(target: &Target<'_>) -> TokenStream {
    let private = target.private();
    let lints = target.model.lints();
    let handles = fields::handles(target);
    let debug = fields::debug(target);
    let inputs = inputs::structs(target);
    let description = manager::description(target);
    let implementation = manager::implementation(target);
    let verbs = manager::verbs(target);
    let setters = inputs::setters(target);
    quote! {
        #handles
        #inputs
        #[allow(dead_code, private_interfaces)]
        #lints
        const _: () = {
            use #private::{self as __gm, FieldDescription as __Field, FieldType as __Type};
            #debug
            #description
            #implementation
            #verbs
            #setters
        };
    }
}

/// An operation in the runtime's terms.
fn operation(operation: Operation) -> TokenStream {
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
fn capability(operation: Operation) -> TokenStream {
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
fn refusal(target: &Target<'_>, operation: Operation) -> Option<TokenStream> {
    let capability = capability(operation);
    let refused = !target.operations().contains(&operation);
    refused.then(|| quote!(where for<'x> Self: #capability<'x>))
}
