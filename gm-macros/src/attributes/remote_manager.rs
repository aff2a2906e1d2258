//! `#[remote_manager(..)]`: where a consumer finds the owner of the rows.

use proc_macro2::{Ident, Span};
use syn::Attribute;

use super::remote_api::is_set;
use super::{Argument, Operation, arguments, set_once};
use crate::diagnostics::Errors;
use crate::spanned::{Spanned, path_span};
use crate::suggestion::expected_one_of;

/// The arguments of `#[remote_manager]`.
pub(crate) struct RemoteManager {
    pub(crate) span: Span,
    /// Whether an argument was rejected. A missing one may then be a misspelt one.
    pub(crate) has_errors: bool,
    pub(crate) base_url: Option<Spanned<String>>,
    pub(crate) base_path: Option<Spanned<String>>,
    pub(crate) resource: Option<Spanned<String>>,
    pub(crate) protocol_version: Option<Spanned<String>>,
    pub(crate) websocket_invalidation: Option<Spanned<bool>>,
    pub(crate) operations: Option<Spanned<Vec<Spanned<Operation>>>>,
    pub(crate) client: Option<Ident>,
}

const KNOWN: [&str; 7] = [
    "base_url",
    "base_path",
    "resource",
    "protocol_version",
    "websocket_invalidation",
    "operations",
    "client",
];

impl RemoteManager {
    pub(super) fn parse(attribute: &Attribute, errors: &Errors) -> Self {
        let (mut parsed, has_errors) = errors.track(|| Self::read(attribute, errors));
        parsed.has_errors = has_errors;
        parsed
    }

    fn read(attribute: &Attribute, errors: &Errors) -> Self {
        let mut remote = Self {
            span: path_span(attribute),
            has_errors: false,
            base_url: None,
            base_path: None,
            resource: None,
            protocol_version: None,
            websocket_invalidation: None,
            operations: None,
            client: None,
        };
        for argument in &arguments(attribute, errors) {
            match argument.name().as_str() {
                "base_url" => set_once(&mut remote.base_url, argument, argument.text(errors), errors),
                "base_path" => set_once(&mut remote.base_path, argument, argument.text(errors), errors),
                // The aliases are the names in the documentation of the Python implementation.
                "resource" | "resource_name" | "remote_manager" => {
                    set_once(&mut remote.resource, argument, argument.text(errors), errors);
                }
                "protocol_version" => {
                    set_once(
                        &mut remote.protocol_version,
                        argument,
                        argument.text(errors),
                        errors,
                    );
                }
                "websocket_invalidation" => {
                    set_once(
                        &mut remote.websocket_invalidation,
                        argument,
                        argument.flag(errors),
                        errors,
                    );
                }
                "operations" => set_once(
                    &mut remote.operations,
                    argument,
                    operations(argument, errors),
                    errors,
                ),
                "client" => set_once(&mut remote.client, argument, argument.ident(errors), errors),
                _ => argument.report_unknown(&KNOWN, errors),
            }
        }
        remote
    }

    /// Whether the consumer subscribes to changes.
    pub(crate) fn has_websocket(&self) -> bool {
        is_set(self.websocket_invalidation.as_ref())
    }
}

fn operations(argument: &Argument, errors: &Errors) -> Option<Spanned<Vec<Spanned<Operation>>>> {
    let mut operations: Vec<Spanned<Operation>> = Vec::new();
    for word in argument.list(errors)? {
        let name = word.to_string();
        match Operation::ALL.into_iter().find(|known| known.name() == name) {
            Some(operation) if operations.iter().any(|known| known.value == operation) => {
                errors.at(word.span(), format!("`{name}` is given twice"));
            }
            Some(operation) => operations.push(Spanned::new(operation, word.span())),
            None => errors.at(
                word.span(),
                format!(
                    "`{name}` is not an operation; {}",
                    expected_one_of(&name, &Operation::ALL.map(Operation::name))
                ),
            ),
        }
    }
    Some(Spanned::new(operations, argument.span()))
}
