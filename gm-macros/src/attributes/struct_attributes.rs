//! All attributes of a struct that carries the derive.

use syn::Attribute;

use super::{database, manager, permission, remote_api, remote_manager};
use crate::diagnostics::Errors;
use crate::spanned::path_span;

/// The attributes of a struct, parsed.
#[derive(Default)]
pub(crate) struct StructAttributes {
    pub(crate) database: Option<database::Database>,
    pub(crate) permission: Option<permission::Permission>,
    pub(crate) remote_api: Option<remote_api::RemoteApi>,
    pub(crate) remote_manager: Option<remote_manager::RemoteManager>,
    pub(crate) manager: manager::ManagerOptions,
}

/// The names of the attributes that belong on a struct.
pub(super) const STRUCT_ATTRIBUTES: [&str; 5] = [
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
            if !STRUCT_ATTRIBUTES.contains(&name.as_str()) {
                continue;
            }
            if seen.contains(&name) {
                errors.at(span, format!("`#[{name}(..)]` is given twice; write it once"));
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
