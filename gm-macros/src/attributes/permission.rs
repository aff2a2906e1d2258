//! `#[permission(read = .., create = .., update = .., delete = ..)]`.

use proc_macro2::{Ident, Span};
use syn::Attribute;

use super::{Argument, arguments, put};
use crate::diagnostics::{Errors, expected_one_of};
use crate::spanned::{Spanned, path_span};

/// Who may do what.
pub(crate) struct Permission {
    pub(crate) span: Span,
    /// Whether every argument was understood; else one that is missing may be one that was misspelt.
    pub(crate) complete: bool,
    pub(crate) read: Option<Spanned<Rule>>,
    pub(crate) create: Option<Spanned<Rule>>,
    pub(crate) update: Option<Spanned<Rule>>,
    pub(crate) delete: Option<Spanned<Rule>>,
}

/// A rule: the leaves of what will be an expression.
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
        let (mut parsed, complete) = errors.watch(|| Self::read(attribute, errors));
        parsed.complete = complete;
        parsed
    }

    fn read(attribute: &Attribute, errors: &Errors) -> Self {
        let mut permission = Self {
            span: path_span(attribute),
            complete: true,
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
                    argument.unknown(&ACCESS, errors);
                    continue;
                }
            };
            put(slot, &argument, rule(&argument, errors), errors);
        }
        permission
    }
}

fn rule(argument: &Argument, errors: &Errors) -> Option<Spanned<Rule>> {
    let word = argument.word(&RULES, errors)?;
    let rule = parse_rule(&word);
    if rule.is_none() {
        let name = word.to_string();
        errors.at(
            word.span(),
            format!("`{name}` is not a rule; {}", expected_one_of(&name, &RULES)),
        );
    }
    // A misspelt rule is a rule still: what it is about must not be reported as having none.
    Some(Spanned::new(rule.unwrap_or(Rule::Nobody), word.span()))
}

fn parse_rule(word: &Ident) -> Option<Rule> {
    match word.to_string().as_str() {
        "public" => Some(Rule::Public),
        "authenticated" => Some(Rule::Authenticated),
        "nobody" => Some(Rule::Nobody),
        _ => None,
    }
}
