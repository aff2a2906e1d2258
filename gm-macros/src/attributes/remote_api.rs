//! `#[remote_api(..)]`: how an owner serves its rows.

use proc_macro2::Span;
use syn::Attribute;

use super::{Operation, arguments, set_once};
use crate::diagnostics::Errors;
use crate::spanned::{Spanned, path_span};

/// The arguments of `#[remote_api]`.
pub(crate) struct RemoteApi {
    pub(crate) span: Span,
    /// Whether an argument was rejected. A missing one may then be a misspelt one.
    pub(crate) has_errors: bool,
    pub(crate) enabled: Option<Spanned<bool>>,
    pub(crate) base_path: Option<Spanned<String>>,
    pub(crate) resource: Option<Spanned<String>>,
    pub(crate) filter: Option<Spanned<bool>>,
    pub(crate) detail: Option<Spanned<bool>>,
    pub(crate) create: Option<Spanned<bool>>,
    pub(crate) update: Option<Spanned<bool>>,
    pub(crate) delete: Option<Spanned<bool>>,
    pub(crate) regex: Option<Spanned<bool>>,
    pub(crate) counts: Option<Spanned<bool>>,
    pub(crate) websocket_invalidation: Option<Spanned<bool>>,
    pub(crate) protocol_version: Option<Spanned<String>>,
    pub(crate) default_page_size: Option<Spanned<u64>>,
    pub(crate) max_page_size: Option<Spanned<u64>>,
}

const KNOWN: [&str; 14] = [
    "enabled",
    "base_path",
    "resource",
    "allow_filter",
    "allow_detail",
    "allow_create",
    "allow_update",
    "allow_delete",
    "allow_regex",
    "allow_counts",
    "websocket_invalidation",
    "protocol_version",
    "default_page_size",
    "max_page_size",
];

const DEFAULT_PAGE_SIZE: u64 = 100;
const MAX_PAGE_SIZE: u64 = 1000;

impl RemoteApi {
    pub(super) fn parse(attribute: &Attribute, errors: &Errors) -> Self {
        let (mut parsed, has_errors) = errors.track(|| Self::read(attribute, errors));
        parsed.has_errors = has_errors;
        parsed
    }

    fn read(attribute: &Attribute, errors: &Errors) -> Self {
        let mut api = Self::empty(path_span(attribute));
        for argument in &arguments(attribute, errors) {
            let name = argument.name();
            if let Some(slot) = api.flag_mut(&name) {
                set_once(slot, argument, argument.flag(errors), errors);
            } else if let Some(slot) = api.text_mut(&name) {
                set_once(slot, argument, argument.text(errors), errors);
            } else if name == "default_page_size" {
                set_once(
                    &mut api.default_page_size,
                    argument,
                    argument.number(errors),
                    errors,
                );
            } else if name == "max_page_size" {
                set_once(&mut api.max_page_size, argument, argument.number(errors), errors);
            } else {
                argument.report_unknown(&KNOWN, errors);
            }
        }
        api
    }

    fn empty(span: Span) -> Self {
        Self {
            span,
            has_errors: false,
            enabled: None,
            base_path: None,
            resource: None,
            filter: None,
            detail: None,
            create: None,
            update: None,
            delete: None,
            regex: None,
            counts: None,
            websocket_invalidation: None,
            protocol_version: None,
            default_page_size: None,
            max_page_size: None,
        }
    }

    fn flag_mut(&mut self, name: &str) -> Option<&mut Option<Spanned<bool>>> {
        Some(match name {
            "enabled" => &mut self.enabled,
            "allow_filter" => &mut self.filter,
            "allow_detail" => &mut self.detail,
            "allow_create" => &mut self.create,
            "allow_update" => &mut self.update,
            "allow_delete" => &mut self.delete,
            "allow_regex" => &mut self.regex,
            "allow_counts" => &mut self.counts,
            "websocket_invalidation" => &mut self.websocket_invalidation,
            _ => return None,
        })
    }

    fn text_mut(&mut self, name: &str) -> Option<&mut Option<Spanned<String>>> {
        Some(match name {
            "base_path" => &mut self.base_path,
            // `resource_name` is the name in the documentation of the Python implementation.
            "resource" | "resource_name" => &mut self.resource,
            "protocol_version" => &mut self.protocol_version,
            _ => return None,
        })
    }

    /// Whether the rows are served: `enabled` is true by default.
    pub(crate) fn is_enabled(&self) -> bool {
        self.enabled.as_ref().is_none_or(|enabled| enabled.value)
    }

    /// The default page size and the maximum page size.
    pub(crate) fn page_sizes(&self) -> (u64, u64) {
        let size = |size: &Option<Spanned<u64>>| size.as_ref().map(|size| size.value);
        let max = size(&self.max_page_size).unwrap_or(MAX_PAGE_SIZE);
        // A maximum below the usual default lowers the default too.
        let default = size(&self.default_page_size).unwrap_or(DEFAULT_PAGE_SIZE.min(max));
        (default, max)
    }

    /// Whether a websocket announces changes.
    pub(crate) fn has_websocket(&self) -> bool {
        is_set(self.websocket_invalidation.as_ref())
    }

    /// The flag that allows this operation, if it is set.
    pub(crate) fn allow_flag(&self, operation: Operation) -> Option<&Spanned<bool>> {
        let flag = match operation {
            Operation::Filter => &self.filter,
            Operation::Detail => &self.detail,
            Operation::Create => &self.create,
            Operation::Update => &self.update,
            Operation::Delete => &self.delete,
        };
        flag.as_ref().filter(|flag| flag.value)
    }

    /// The allowed operations.
    pub(crate) fn operations(&self) -> Vec<Operation> {
        Operation::ALL
            .into_iter()
            .filter(|operation| self.allow_flag(*operation).is_some())
            .collect()
    }
}

/// Whether a flag is given and true.
pub(crate) fn is_set(flag: Option<&Spanned<bool>>) -> bool {
    flag.is_some_and(|flag| flag.value)
}
