//! What was declared: the one form between the attributes and the expansion.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned as _;
use syn::{Data, DeriveInput, Expr, Fields, GenericArgument, Meta, PathArguments, Type, Visibility};

use crate::attributes::StructAttributes;
use crate::attributes::carried::Carried;
use crate::attributes::field::FieldOptions;
use crate::dependency;
use crate::diagnostics::Errors;

/// A struct that carries the derive.
pub(crate) struct Model {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    /// Where gm-runtime is.
    pub(crate) krate: TokenStream,
    pub(crate) fields: Vec<Field>,
    pub(crate) attributes: StructAttributes,
    pub(crate) carried: Carried,
    pub(crate) generic: bool,
    /// Whether a mistake has been reported: then nothing is asserted of what it names.
    pub(crate) faulty: bool,
    /// Whether it is a struct of named fields without generics: else nothing is known of its fields.
    pub(crate) shape: Result<(), Shape>,
}

/// Why an item can't be a manager.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) span: Span,
    pub(crate) what: &'static str,
}

/// A field.
pub(crate) struct Field {
    /// The place in the struct.
    pub(crate) index: u16,
    pub(crate) ident: Ident,
    /// The name in Rust.
    pub(crate) own_name: String,
    /// The name on the wire.
    pub(crate) name: String,
    pub(crate) ty: Type,
    /// What is written in the field's documentation.
    pub(crate) docs: Vec<Expr>,
    pub(crate) carried: Carried,
    pub(crate) options: FieldOptions,
}

impl Model {
    pub(crate) fn parse(input: DeriveInput, errors: &Errors) -> Self {
        let attributes = StructAttributes::parse(&input.attrs, errors);
        let carried = Carried::parse(&input.attrs);
        let krate = dependency::path(attributes.manager.krate.as_ref(), "manager", errors);
        let generics = input.generics.params.first().map(|_| Shape {
            span: input.generics.span(),
            what: "a manager can't be generic: its rows have one form",
        });
        let (fields, shape) = match input.data {
            Data::Struct(data) => match data.fields {
                Fields::Named(fields) => (fields.named.into_iter().collect(), None),
                Fields::Unnamed(fields) => (
                    Vec::new(),
                    Some(Shape {
                        span: fields.span(),
                        what: "a manager's fields need names: write `struct Name { field: Type, .. }`",
                    }),
                ),
                Fields::Unit => (
                    Vec::new(),
                    Some(Shape {
                        span: input.ident.span(),
                        what: "a manager needs fields: write `struct Name { field: Type, .. }`",
                    }),
                ),
            },
            Data::Enum(data) => (
                Vec::new(),
                Some(Shape {
                    span: data.enum_token.span,
                    what: "a manager is a struct with named fields, not an enum",
                }),
            ),
            Data::Union(data) => (
                Vec::new(),
                Some(Shape {
                    span: data.union_token.span,
                    what: "a manager is a struct with named fields, not a union",
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
            carried,
            ident: input.ident,
            generic: generics.is_some(),
            faulty: false,
            shape: match generics.or(shape) {
                Some(shape) => Err(shape),
                None => Ok(()),
            },
        }
    }

    /// What everything that is generated allows: what the struct does and what its fields do.
    pub(crate) fn lints(&self) -> TokenStream {
        let fields = self.fields.iter().map(|field| field.carried.lints());
        let lints = self.carried.lints();
        quote!(#lints #(#fields)*)
    }

    /// The place of the id.
    pub(crate) fn id_index(&self) -> Option<usize> {
        self.fields.iter().position(|field| field.options.is_id())
    }

    /// The id.
    pub(crate) fn id_field(&self) -> Option<&Field> {
        self.fields.get(self.id_index()?)
    }

    /// The application's own type that holds the rows.
    pub(crate) fn interface(&self) -> Option<&Type> {
        Some(&self.attributes.manager.interface.as_ref()?.value)
    }

    /// Whether the rows are this service's own.
    pub(crate) fn is_owner(&self) -> bool {
        self.attributes.database.is_some() || self.interface().is_some()
    }

    /// The attribute that says so.
    pub(crate) fn ownership(&self) -> &'static str {
        match self.attributes.database {
            Some(_) => "`#[database(..)]`",
            None => "`#[manager(interface = ..)]`",
        }
    }

    /// The name of the client that is generated beside the struct of an owner.
    pub(crate) fn client_ident(&self) -> Option<Ident> {
        let remote = self.attributes.remote_manager.as_ref()?;
        if !self.is_owner() {
            return None;
        }
        match &remote.client {
            // Reported already: a second struct of this name would be an error of its own.
            Some(client) if *client == self.ident => None,
            Some(client) => Some(client.clone()),
            None => Some(format_ident!("Remote{}", self.ident)),
        }
    }
}

impl Field {
    fn parse(index: u16, field: syn::Field, struct_ident: &Ident, errors: &Errors) -> Option<Self> {
        let options = FieldOptions::parse(&field.attrs, errors);
        let carried = Carried::parse(&field.attrs);
        let docs = field
            .attrs
            .into_iter()
            .filter_map(|attribute| match attribute.meta {
                Meta::NameValue(meta) if meta.path.is_ident("doc") => Some(meta.value),
                _ => None,
            });
        let docs = docs.collect();
        let ident = field.ident?;
        Some(Self {
            index,
            name: match &options.rename {
                Some(name) => name.value.clone(),
                None => ident.unraw().to_string(),
            },
            own_name: ident.unraw().to_string(),
            ident,
            ty: without_self(field.ty, struct_ident),
            docs,
            carried,
            options,
        })
    }

    /// Whether the type is written as an `Option`.
    ///
    /// `…Create` has to leave nullable fields out, and a macro sees only spelling. So this reading is asserted in the
    /// expansion, where the type is known: an `Option` by another name is an error there, not a wrong guess here.
    pub(crate) fn is_option(&self) -> bool {
        is_option(&self.ty)
    }

    /// Whether the database assigns the id, as far as the type's spelling tells; asserted in the expansion too.
    pub(crate) fn is_assigned_id(&self) -> bool {
        let is_i64 = last_segment(&self.ty).is_some_and(|segment| segment.ident == "i64");
        self.options.is_id() && is_i64
    }

    /// Whether the type is written as a `String`.
    pub(crate) fn is_text(&self) -> bool {
        last_segment(&self.ty).is_some_and(|segment| segment.ident == "String")
    }

    /// The name that the expansion gives to a type which is longer than a word, so that its lines stay short. It stands
    /// where the type does, for the errors about it.
    pub(crate) fn alias(&self) -> Option<Ident> {
        let short = matches!(&self.ty, Type::Path(path) if path.path.get_ident().is_some());
        (!short).then(|| format_ident!("__T{}", self.index, span = self.ty.span()))
    }

    /// The type, or the name that the expansion gives to it.
    pub(crate) fn short_type(&self) -> TokenStream {
        let ty = &self.ty;
        self.alias().map_or_else(|| quote!(#ty), |alias| quote!(#alias))
    }

    /// Whether the chain of setters has a method of this name already.
    pub(crate) fn has_method_name(&self) -> bool {
        matches!(self.own_name.as_str(), "exec" | "history_comment")
    }

    /// Where the name on the wire is written.
    pub(crate) fn name_span(&self) -> Span {
        self.options
            .rename
            .as_ref()
            .map_or_else(|| self.ident.span(), |name| name.span)
    }

    /// Whether a new row can't do without a value for this field.
    pub(crate) fn is_required(&self) -> bool {
        !self.is_assigned_id() && !self.is_option() && self.options.default.is_none()
    }
}

/// The type with the struct's name in place of `Self`, which would be another one in the generated items.
fn without_self(ty: Type, struct_ident: &Ident) -> Type {
    fn named(tokens: TokenStream, name: &Ident) -> TokenStream {
        let named = |token| match token {
            TokenTree::Ident(ident) if ident == "Self" => Ident::new(&name.to_string(), ident.span()).into(),
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), named(group.stream(), name));
                inner.set_span(group.span());
                inner.into()
            }
            token => token,
        };
        tokens.into_iter().map(named).collect()
    }
    syn::parse2(named(ty.to_token_stream(), struct_ident)).unwrap_or(ty)
}

fn is_option(ty: &Type) -> bool {
    let Some(segment) = last_segment(ty) else {
        return false;
    };
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => {
            segment.ident == "Option" && matches!(arguments.args.first(), Some(GenericArgument::Type(_)))
        }
        PathArguments::None | PathArguments::Parenthesized(_) => false,
    }
}

/// The last segment of a type's path. A macro's `$type` arrives in an invisible group.
fn last_segment(ty: &Type) -> Option<&syn::PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}
