//! `#[field(..)]`.

use proc_macro2::Span;
use syn::{Attribute, Expr};

use super::remote_api::is_set;
use super::{ON_STRUCTS, Spanned, arguments, path_span, put};
use crate::diagnostics::Errors;

/// What is said of a field.
#[derive(Default)]
pub(crate) struct FieldOptions {
    /// Whether an argument was not understood: one that is missing may be one that was misspelt.
    pub(crate) incomplete: bool,
    pub(crate) id: Option<Spanned<bool>>,
    pub(crate) max_length: Option<Spanned<u32>>,
    pub(crate) blank: Option<Spanned<bool>>,
    pub(crate) default: Option<DefaultValue>,
    pub(crate) column: Option<Spanned<String>>,
    pub(crate) max_digits: Option<Spanned<u32>>,
    pub(crate) decimal_places: Option<Spanned<u32>>,
}

/// `default`, or `default = expression`.
pub(crate) struct DefaultValue {
    pub(crate) span: Span,
    pub(crate) value: Option<Expr>,
}

const KNOWN: [&str; 7] = [
    "id",
    "max_length",
    "blank",
    "default",
    "column",
    "max_digits",
    "decimal_places",
];

impl FieldOptions {
    pub(crate) fn parse(attributes: &[Attribute], errors: &Errors) -> Self {
        let mut options = Self::default();
        let mut seen = false;
        for attribute in attributes {
            let Some(name) = attribute.path().get_ident().map(ToString::to_string) else {
                continue;
            };
            if ON_STRUCTS.contains(&name.as_str()) {
                errors.at(
                    path_span(attribute),
                    format!("`#[{name}(..)]` belongs on the struct, not on a field"),
                );
            } else if name == "field" && seen {
                errors.at(
                    path_span(attribute),
                    "`#[field(..)]` is there twice; join them: `#[field(a, b = ..)]`",
                );
            } else if name == "field" {
                seen = true;
                options.incomplete = !errors.watch(|| options.read(attribute, errors)).1;
            }
        }
        options
    }

    fn read(&mut self, attribute: &Attribute, errors: &Errors) {
        for argument in &arguments(attribute, errors) {
            match argument.name().as_str() {
                "id" => put(&mut self.id, argument, argument.flag(errors), errors),
                "max_length" => put(&mut self.max_length, argument, argument.number(errors), errors),
                "blank" => put(&mut self.blank, argument, argument.flag(errors), errors),
                "default" => {
                    let default = argument.expression(errors).map(|value| DefaultValue {
                        span: argument.span(),
                        value: value.cloned(),
                    });
                    put(&mut self.default, argument, default, errors);
                }
                "column" => put(&mut self.column, argument, argument.text(errors), errors),
                "max_digits" => put(&mut self.max_digits, argument, argument.number(errors), errors),
                "decimal_places" => {
                    put(
                        &mut self.decimal_places,
                        argument,
                        argument.number(errors),
                        errors,
                    );
                }
                _ => argument.unknown(&KNOWN, errors),
            }
        }
    }

    pub(crate) fn is_id(&self) -> bool {
        is_set(self.id.as_ref())
    }

    /// Whether the digits of a decimal are told.
    pub(crate) fn says_digits(&self) -> bool {
        self.max_digits.is_some() || self.decimal_places.is_some()
    }

    pub(crate) fn is_blank(&self) -> bool {
        is_set(self.blank.as_ref())
    }
}
