//! `#[permission(read = .., create = .., update = .., delete = ..)]`.

use proc_macro2::{Ident, Span};
use syn::Attribute;

use super::{Argument, arguments, set_once};
use crate::diagnostics::Errors;
use crate::spanned::{Spanned, path_span};
use crate::suggestion::expected_one_of;

/// The arguments of `#[permission]`: one rule for each kind of access.
pub(crate) struct Permission {
    pub(crate) span: Span,
    /// Whether an argument was rejected. A missing one may then be a misspelt one.
    pub(crate) has_errors: bool,
    pub(crate) read: Option<Spanned<Rule>>,
    pub(crate) create: Option<Spanned<Rule>>,
    pub(crate) update: Option<Spanned<Rule>>,
    pub(crate) delete: Option<Spanned<Rule>>,
}

/// A rule: which callers may use an operation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    Public,
    Authenticated,
    Nobody,
}

const ACCESS: [&str; 4] = ["read", "create", "update", "delete"];
const RULES: [&str; 3] = ["public", "authenticated", "nobody"];

impl Permission {
    pub(super) fn parse(attribute: &Attribute, errors: &Errors) -> Self {
        let (mut parsed, has_errors) = errors.track(|| Self::read(attribute, errors));
        parsed.has_errors = has_errors;
        parsed
    }

    fn read(attribute: &Attribute, errors: &Errors) -> Self {
        let mut permission = Self {
            span: path_span(attribute),
            has_errors: false,
            read: None,
            create: None,
            update: None,
            delete: None,
        };
        for argument in arguments(attribute, errors) {
            let slot = match argument.name().as_str() {
                "read" => &mut permission.read,
                "create" => &mut permission.create,
                "update" => &mut permission.update,
                "delete" => &mut permission.delete,
                _ => {
                    argument.report_unknown(&ACCESS, errors);
                    continue;
                }
            };
            set_once(slot, &argument, rule(&argument, errors), errors);
        }
        permission
    }
}

fn rule(argument: &Argument, errors: &Errors) -> Option<Spanned<Rule>> {
    let name = argument.rule(&RULES, errors)?;
    let rule = parse_rule(&name);
    if rule.is_none() {
        let written = name.to_string();
        errors.at(
            name.span(),
            format!("`{written}` is not a rule; {}", expected_one_of(&written, &RULES)),
        );
    }
    // A misspelt rule counts as a rule, so that the operation is not also reported as one without a rule.
    Some(Spanned::new(rule.unwrap_or(Rule::Nobody), name.span()))
}

fn parse_rule(name: &Ident) -> Option<Rule> {
    match name.to_string().as_str() {
        "public" => Some(Rule::Public),
        "authenticated" => Some(Rule::Authenticated),
        "nobody" => Some(Rule::Nobody),
        _ => None,
    }
}
