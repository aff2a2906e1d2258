//! `#[permission(read = .., create = .., update = .., delete = ..)]`.

use syn::Attribute;

use super::rule::Rule;
use super::{Argument, arguments, set_once};
use crate::diagnostics::Errors;

/// The arguments of `#[permission]`: one rule for each kind of access.
#[derive(Default)]
pub(crate) struct Permission {
    /// Whether an argument was rejected. A missing one may then be a misspelt one.
    pub(crate) has_errors: bool,
    pub(crate) read: Option<Rule>,
    pub(crate) create: Option<Rule>,
    pub(crate) update: Option<UpdateRules>,
    pub(crate) delete: Option<Rule>,
}

/// The rules of an update.
pub(crate) enum UpdateRules {
    /// `update = ..`, for the row before and after the update.
    Both(Rule),
    /// `update(before = .., after = ..)`.
    Each { before: Rule, after: Rule },
}

const ACCESS: [&str; 4] = ["read", "create", "update", "delete"];

impl Permission {
    pub(super) fn parse(attribute: &Attribute, errors: &Errors) -> Self {
        let (mut parsed, has_errors) = errors.track(|| Self::parse_arguments(attribute, errors));
        parsed.has_errors = has_errors;
        parsed
    }

    fn parse_arguments(attribute: &Attribute, errors: &Errors) -> Self {
        let mut permission = Self::default();
        for argument in &arguments(attribute, errors) {
            let slot = match argument.name().as_str() {
                "read" => &mut permission.read,
                "create" => &mut permission.create,
                "delete" => &mut permission.delete,
                "update" => {
                    let rules = match argument.arguments() {
                        Some((arguments, has_errors)) => update(argument, arguments, has_errors, errors),
                        None => argument.rule(errors).map(UpdateRules::Both),
                    };
                    set_once(&mut permission.update, argument, rules, errors);
                    continue;
                }
                _ => {
                    argument.report_unknown(&ACCESS, errors);
                    continue;
                }
            };
            set_once(slot, argument, argument.rule(errors), errors);
        }
        permission
    }

    /// Whether there is a rule for this kind of access.
    pub(crate) fn has_rule(&self, access: &str) -> bool {
        match access {
            "read" => self.read.is_some(),
            "create" => self.create.is_some(),
            "update" => self.update.is_some(),
            _ => self.delete.is_some(),
        }
    }

    /// The rules of operations other than an update.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &Rule> {
        [&self.read, &self.create, &self.delete].into_iter().flatten()
    }

    /// The rules of an update.
    pub(crate) fn update_rules(&self) -> impl Iterator<Item = &Rule> {
        let (one, other) = match &self.update {
            None => (None, None),
            Some(UpdateRules::Both(rule)) => (Some(rule), None),
            Some(UpdateRules::Each { before, after }) => (Some(before), Some(after)),
        };
        one.into_iter().chain(other)
    }
}

/// `update(before = .., after = ..)`.
fn update(
    update: &Argument,
    arguments: &[Argument],
    has_rejected: bool,
    errors: &Errors,
) -> Option<UpdateRules> {
    let ((before, after), has_unknown) = errors.track(|| {
        let (mut before, mut after) = (None, None);
        for argument in arguments {
            match argument.name().as_str() {
                "before" => set_once(&mut before, argument, argument.rule(errors), errors),
                "after" => set_once(&mut after, argument, argument.rule(errors), errors),
                _ => argument.report_unknown(&["before", "after"], errors),
            }
        }
        (before, after)
    });
    let missing = match (before, after) {
        (Some(before), Some(after)) => return Some(UpdateRules::Each { before, after }),
        (Some(_), None) => "after",
        (None, _) => "before",
    };
    if !has_rejected && !has_unknown {
        errors.at(
            update.span(),
            format!(
                "missing `{missing}`: write `update(before = .., after = ..)`, or `update = ..` for a rule that holds before and \
                 after the update"
            ),
        );
    }
    None
}
