//! One manager of the expansion.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::Visibility;

use crate::attributes::Operation;
use crate::attributes::permission::Permission;
use crate::model::{Field, Model};

/// One manager of the expansion: the declared struct, or the generated client of an owner.
pub(super) struct Target<'a> {
    pub(super) model: &'a Model,
    pub(super) ident: Ident,
    /// Whether another service stores the rows.
    pub(super) remote: bool,
}

/// A field that holds the id of a row of another manager.
pub(super) struct Reference<'a> {
    pub(super) index: u16,
    pub(super) field: &'a Field,
    /// The identifier of the handle, and of the method that reads the row.
    pub(super) ident: Ident,
    pub(super) wire_name: &'a str,
    pub(super) manager: &'a syn::Path,
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

    /// The client that is generated for an owner.
    pub(super) fn client(model: &'a Model) -> Option<Self> {
        Some(Self {
            model,
            ident: model.client_ident()?,
            remote: true,
        })
    }

    /// The attributes of the generated structs, besides their documentation.
    pub(super) fn struct_attributes(&self) -> TokenStream {
        let (attributes, lints) = (self.model.forwarded.attributes(), self.model.lints());
        // The module's documentation says why these lints are allowed.
        quote!(#attributes #[allow(dead_code, private_interfaces)] #lints)
    }

    pub(super) fn vis(&self) -> &'a Visibility {
        &self.model.vis
    }

    /// The hidden module of gm-runtime, through which the expansion names all its items.
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

    /// The fields with their indexes.
    pub(super) fn fields(&self) -> impl Iterator<Item = (u16, &'a Field)> + use<'a> {
        (0..).zip(&self.model.fields)
    }

    /// The references of the fields. A generated client has none, since the manager of the other row is the owner's.
    pub(super) fn references(&self) -> impl Iterator<Item = Reference<'a>> + use<'a> {
        let is_declared = self.ident == self.model.ident;
        let fields = self.fields().filter(move |_| is_declared);
        let model = self.model;
        fields.filter_map(move |(index, field)| {
            let name = field.reference_name()?;
            // A taken name has been reported. A second field of this name would be a second error.
            let is_free = model.fields.iter().all(|other| other.rust_name != name);
            Some(Reference {
                index,
                field,
                ident: field.reference_ident().filter(|_| is_free)?,
                wire_name: field.reference_wire_name()?,
                manager: &field.options.references.as_ref()?.value,
            })
        })
    }

    /// Whether `…Create` contains the field. The owner fills the fields that a consumer can't set.
    pub(super) fn requires(&self, field: &Field) -> bool {
        field.is_required() && self.can_set(field)
    }

    /// Whether the field has a setter: a consumer can't set a field that its owner fills, and a kept field is not written.
    pub(super) fn can_set(&self, field: &Field) -> bool {
        field.options.kept().is_none() && !self.is_filled_by_owner(field)
    }

    /// Whether another service fills the field: it is read-only, or has a preset that this program does not fill.
    pub(super) fn is_filled_by_owner(&self, field: &Field) -> bool {
        let has_preset = field.options.any_preset().is_some() && self.permission().is_none();
        self.remote && (field.options.is_read_only() || has_preset)
    }

    /// The rules of the declared struct. A generated client has none.
    pub(super) fn permission(&self) -> Option<&'a Permission> {
        let is_declared = self.ident == self.model.ident;
        self.model.attributes.permission.as_ref().filter(|_| is_declared)
    }

    /// The id's index and type. Without an id, which has been reported, it is a fallback.
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

    /// Whether the rows are in a database of this service, which writes many of them at once.
    pub(super) fn writes_many(&self) -> bool {
        !self.remote && self.model.interface().is_none()
    }

    /// The operations that this program may use: all of them for an owner's own code, the allowed ones for a consumer.
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

/// The runtime's name of an operation.
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

/// The trait that a manager implements if this operation is allowed.
pub(super) fn capability(operation: Operation) -> TokenStream {
    match operation {
        Operation::Filter => quote!(__gm::Filters),
        Operation::Detail => quote!(__gm::Details),
        Operation::Create => quote!(__gm::Creates),
        Operation::Update => quote!(__gm::Updates),
        Operation::Delete => quote!(__gm::Deletes),
    }
}

/// A bound that does not hold, such as `where for<'x> Self: __gm::Deletes<'x>`, for an operation that is not allowed: a call is a
/// compile error with the bound's message. An allowed operation has no bound, because the compiler would prove it at each call.
pub(super) fn unmet_bound(target: &Target<'_>, operation: Operation) -> Option<TokenStream> {
    let capability = capability(operation);
    let is_refused = !target.operations().contains(&operation);
    is_refused.then(|| quote!(where for<'x> Self: #capability<'x>))
}
