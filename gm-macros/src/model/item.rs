//! The struct that carries the derive.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::spanned::Spanned as _;
use syn::{Data, DeriveInput, Fields, Type, Visibility};

use super::Field;
use crate::attributes::StructAttributes;
use crate::attributes::field::Kept;
use crate::attributes::forwarded::Forwarded;
use crate::diagnostics::Errors;
use crate::runtime_path;

/// A struct that carries the derive.
pub(crate) struct Model {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    /// The path of gm-runtime.
    pub(crate) krate: TokenStream,
    pub(crate) fields: Vec<Field>,
    pub(crate) attributes: StructAttributes,
    pub(crate) forwarded: Forwarded,
    pub(crate) generic: bool,
    /// Whether a mistake was reported. The expansion then makes no assertions about the code that it names.
    pub(crate) has_errors: bool,
    /// An error if the item is not a struct of named fields without generics.
    pub(crate) shape: Result<(), ShapeError>,
}

/// The reason why an item can't be a manager.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShapeError {
    pub(crate) span: Span,
    pub(crate) message: &'static str,
}

impl Model {
    pub(crate) fn parse(input: DeriveInput, errors: &Errors) -> Self {
        let attributes = StructAttributes::parse(&input.attrs, errors);
        let forwarded = Forwarded::parse(&input.attrs);
        let krate = runtime_path::resolve(attributes.manager.krate.as_ref(), "manager", errors);
        let generics = input.generics.params.first().map(|_| ShapeError {
            span: input.generics.span(),
            message: "a manager can't be generic: all its rows have the same fields",
        });
        let (fields, shape) = match input.data {
            Data::Struct(data) => match data.fields {
                Fields::Named(fields) => (fields.named.into_iter().collect(), None),
                Fields::Unnamed(fields) => (
                    Vec::new(),
                    Some(ShapeError {
                        span: fields.span(),
                        message: "a manager's fields need names: write `struct Name { field: Type, .. }`",
                    }),
                ),
                Fields::Unit => (
                    Vec::new(),
                    Some(ShapeError {
                        span: input.ident.span(),
                        message: "a manager needs fields: write `struct Name { field: Type, .. }`",
                    }),
                ),
            },
            Data::Enum(data) => (
                Vec::new(),
                Some(ShapeError {
                    span: data.enum_token.span,
                    message: "a manager is a struct with named fields, not an enum",
                }),
            ),
            Data::Union(data) => (
                Vec::new(),
                Some(ShapeError {
                    span: data.union_token.span,
                    message: "a manager is a struct with named fields, not a union",
                }),
            ),
        };
        Self {
            vis: input.vis,
            krate,
            fields: (0..)
                .zip(fields)
                .filter_map(|(index, field)| Field::parse(index, field, &input.ident, errors))
                .collect(),
            attributes,
            forwarded,
            ident: input.ident,
            generic: generics.is_some(),
            has_errors: false,
            shape: match generics.or(shape) {
                Some(shape) => Err(shape),
                None => Ok(()),
            },
        }
    }

    /// The lint attributes of all generated items: those of the struct and of all its fields.
    pub(crate) fn lints(&self) -> TokenStream {
        let fields = self.fields.iter().map(|field| field.forwarded.lints());
        let lints = self.forwarded.lints();
        quote!(#lints #(#fields)*)
    }

    /// The index of the id.
    pub(crate) fn id_index(&self) -> Option<usize> {
        self.fields.iter().position(|field| field.options.is_id())
    }

    /// The id.
    pub(crate) fn id_field(&self) -> Option<&Field> {
        self.fields.get(self.id_index()?)
    }

    /// The version of the rows.
    pub(crate) fn version_field(&self) -> Option<&Field> {
        let mut fields = self.fields.iter();
        // A field of another type is reported. Generated code that compares it would be a second error.
        fields.find(|field| field.options.flag_of(Kept::Version).is_some() && field.is_i64())
    }

    /// The application's type that stores the rows.
    pub(crate) fn interface(&self) -> Option<&Type> {
        Some(&self.attributes.manager.interface.as_ref()?.value)
    }

    /// Whether this service stores the rows.
    pub(crate) fn is_owner(&self) -> bool {
        self.attributes.database.is_some() || self.interface().is_some()
    }

    /// The attribute that makes this service the owner.
    pub(crate) fn owner_attribute(&self) -> &'static str {
        match self.attributes.database {
            Some(_) => "`#[database(..)]`",
            None => "`#[manager(interface = ..)]`",
        }
    }

    /// The name of the client that is generated for an owner's struct.
    pub(crate) fn client_ident(&self) -> Option<Ident> {
        let remote = self.attributes.remote_manager.as_ref()?;
        if !self.is_owner() {
            return None;
        }
        match &remote.client {
            // Already reported. A second struct of this name would be a second error.
            Some(client) if *client == self.ident => None,
            Some(client) => Some(client.clone()),
            None => Some(format_ident!("Remote{}", self.ident)),
        }
    }
}
