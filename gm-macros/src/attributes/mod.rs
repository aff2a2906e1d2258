//! From the tokens of the attributes to values that know where they were written.

mod arguments;
pub(crate) mod carried;
pub(crate) mod database;
pub(crate) mod field;
pub(crate) mod manager;
pub(crate) mod permission;
pub(crate) mod remote_api;
pub(crate) mod remote_manager;

use proc_macro2::Span;
use syn::Attribute;

use crate::diagnostics::Errors;

pub(crate) use arguments::{Argument, arguments};

/// A value and the place where it was written.
#[derive(Clone, Debug)]
pub(crate) struct Spanned<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

impl<T> Spanned<T> {
    pub(crate) fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// What an operation is called in `allow_*` and `operations(..)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Filter,
    Detail,
    Create,
    Update,
    Delete,
}

impl Operation {
    pub(crate) const ALL: [Self; 5] = [
        Self::Filter,
        Self::Detail,
        Self::Create,
        Self::Update,
        Self::Delete,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::Detail => "detail",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// The struct's attributes.
#[derive(Default)]
pub(crate) struct StructAttributes {
    pub(crate) database: Option<database::Database>,
    pub(crate) permission: Option<permission::Permission>,
    pub(crate) remote_api: Option<remote_api::RemoteApi>,
    pub(crate) remote_manager: Option<remote_manager::RemoteManager>,
    pub(crate) manager: manager::ManagerOptions,
}

const ON_STRUCTS: [&str; 5] = [
    "database",
    "permission",
    "remote_api",
    "remote_manager",
    "manager",
];

impl StructAttributes {
    pub(crate) fn parse(attributes: &[Attribute], errors: &Errors) -> Self {
        let mut parsed = Self::default();
        let mut seen = Vec::new();
        for attribute in attributes {
            let Some(name) = attribute.path().get_ident().map(ToString::to_string) else {
                continue;
            };
            let span = path_span(attribute);
            if name == "field" {
                errors.at(span, "`#[field(..)]` belongs on a field, not on the struct");
            }
            if !ON_STRUCTS.contains(&name.as_str()) {
                continue;
            }
            if seen.contains(&name) {
                errors.at(span, format!("`#[{name}(..)]` is there twice; write it once"));
                continue;
            }
            match name.as_str() {
                "database" => parsed.database = Some(database::Database::parse(attribute, errors)),
                "permission" => parsed.permission = Some(permission::Permission::parse(attribute, errors)),
                "remote_api" => parsed.remote_api = Some(remote_api::RemoteApi::parse(attribute, errors)),
                "remote_manager" => {
                    parsed.remote_manager = Some(remote_manager::RemoteManager::parse(attribute, errors));
                }
                _ => parsed.manager = manager::ManagerOptions::parse(attribute, errors),
            }
            seen.push(name);
        }
        parsed
    }
}

/// Where the attribute's name stands.
pub(crate) fn path_span(attribute: &Attribute) -> Span {
    attribute
        .path()
        .get_ident()
        .map_or_else(Span::call_site, proc_macro2::Ident::span)
}

/// Sets what an argument gives, unless another spelling of it already did.
pub(crate) fn put<T>(slot: &mut Option<T>, argument: &Argument, value: Option<T>, errors: &Errors) {
    if slot.is_some() {
        errors.at(
            argument.span(),
            format!("`{}` is given twice; an alias counts too", argument.name()),
        );
    } else {
        *slot = value;
    }
}
