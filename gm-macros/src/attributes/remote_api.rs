//! `#[remote_api(..)]`: how the owner serves its rows.

use proc_macro2::Span;
use syn::Attribute;

use super::{Operation, arguments, put};
use crate::diagnostics::Errors;
use crate::spanned::{Spanned, path_span};

/// How the rows are served to others.
pub(crate) struct RemoteApi {
    pub(crate) span: Span,
    /// Whether every argument was understood; else one that is missing may be one that was misspelt.
    pub(crate) complete: bool,
    pub(crate) enabled: Option<Spanned<bool>>,
    pub(crate) base_path: Option<Spanned<String>>,
    pub(crate) resource: Option<Spanned<String>>,
    pub(crate) filter: Option<Spanned<bool>>,
    pub(crate) detail: Option<Spanned<bool>>,
    pub(crate) create: Option<Spanned<bool>>,
    pub(crate) update: Option<Spanned<bool>>,
    pub(crate) delete: Option<Spanned<bool>>,
    pub(crate) regex: Option<Spanned<bool>>,
    pub(crate) websocket_invalidation: Option<Spanned<bool>>,
    pub(crate) protocol_version: Option<Spanned<String>>,
    pub(crate) default_page_size: Option<Spanned<u64>>,
    pub(crate) max_page_size: Option<Spanned<u64>>,
}

const KNOWN: [&str; 13] = [
    "enabled",
    "base_path",
    "resource",
    "allow_filter",
    "allow_detail",
    "allow_create",
    "allow_update",
    "allow_delete",
    "allow_regex",
    "websocket_invalidation",
    "protocol_version",
    "default_page_size",
    "max_page_size",
];

const DEFAULT_PAGE_SIZE: u64 = 100;
const MAX_PAGE_SIZE: u64 = 1000;

impl RemoteApi {
    pub(super) fn parse(attribute: &Attribute, errors: &Errors) -> Self {
        let (mut parsed, complete) = errors.watch(|| Self::read(attribute, errors));
        parsed.complete = complete;
        parsed
    }

    fn read(attribute: &Attribute, errors: &Errors) -> Self {
        let mut api = Self::absent(path_span(attribute));
        for argument in &arguments(attribute, errors) {
            let name = argument.name();
            if let Some(slot) = api.flag_named(&name) {
                put(slot, argument, argument.flag(errors), errors);
            } else if let Some(slot) = api.text_named(&name) {
                put(slot, argument, argument.text(errors), errors);
            } else if name == "default_page_size" {
                put(
                    &mut api.default_page_size,
                    argument,
                    argument.number(errors),
                    errors,
                );
            } else if name == "max_page_size" {
                put(&mut api.max_page_size, argument, argument.number(errors), errors);
            } else {
                argument.unknown(&KNOWN, errors);
            }
        }
        api
    }

    fn absent(span: Span) -> Self {
        Self {
            span,
            complete: true,
            enabled: None,
            base_path: None,
            resource: None,
            filter: None,
            detail: None,
            create: None,
            update: None,
            delete: None,
            regex: None,
            websocket_invalidation: None,
            protocol_version: None,
            default_page_size: None,
            max_page_size: None,
        }
    }

    fn flag_named(&mut self, name: &str) -> Option<&mut Option<Spanned<bool>>> {
        Some(match name {
            "enabled" => &mut self.enabled,
            "allow_filter" => &mut self.filter,
            "allow_detail" => &mut self.detail,
            "allow_create" => &mut self.create,
            "allow_update" => &mut self.update,
            "allow_delete" => &mut self.delete,
            "allow_regex" => &mut self.regex,
            "websocket_invalidation" => &mut self.websocket_invalidation,
            _ => return None,
        })
    }

    fn text_named(&mut self, name: &str) -> Option<&mut Option<Spanned<String>>> {
        Some(match name {
            "base_path" => &mut self.base_path,
            // The second is the Python documentation's name.
            "resource" | "resource_name" => &mut self.resource,
            "protocol_version" => &mut self.protocol_version,
            _ => return None,
        })
    }

    /// Whether there is an api at all.
    pub(crate) fn is_enabled(&self) -> bool {
        self.enabled.as_ref().is_none_or(|enabled| enabled.value)
    }

    /// The rows of a page when a query does not say, and the most it may ask for.
    pub(crate) fn page_sizes(&self) -> (u64, u64) {
        let size = |size: &Option<Spanned<u64>>| size.as_ref().map(|size| size.value);
        let max = size(&self.max_page_size).unwrap_or(MAX_PAGE_SIZE);
        // A maximum below the usual default is a smaller default, too.
        let default = size(&self.default_page_size).unwrap_or(DEFAULT_PAGE_SIZE.min(max));
        (default, max)
    }

    /// Whether there is a websocket of changes.
    pub(crate) fn has_websocket(&self) -> bool {
        is_set(self.websocket_invalidation.as_ref())
    }

    /// The flag that allows this operation, where it is set.
    pub(crate) fn allows(&self, operation: Operation) -> Option<&Spanned<bool>> {
        let flag = match operation {
            Operation::Filter => &self.filter,
            Operation::Detail => &self.detail,
            Operation::Create => &self.create,
            Operation::Update => &self.update,
            Operation::Delete => &self.delete,
        };
        flag.as_ref().filter(|flag| flag.value)
    }

    /// The operations that are allowed.
    pub(crate) fn operations(&self) -> Vec<Operation> {
        Operation::ALL
            .into_iter()
            .filter(|operation| self.allows(*operation).is_some())
            .collect()
    }
}

/// Whether a flag is there and true.
pub(crate) fn is_set(flag: Option<&Spanned<bool>>) -> bool {
    flag.is_some_and(|flag| flag.value)
}
