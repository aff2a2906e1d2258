//! `#[field(..)]`.

use proc_macro2::Span;
use syn::{Attribute, Expr};

use super::on_struct::ON_STRUCTS;
use super::remote_api::is_set;
use super::{arguments, put};
use crate::diagnostics::Errors;
use crate::spanned::{Spanned, path_span};

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
    pub(crate) unique: Option<Spanned<bool>>,
    pub(crate) index: Option<Spanned<bool>>,
    pub(crate) max_digits: Option<Spanned<u32>>,
    pub(crate) decimal_places: Option<Spanned<u32>>,
    /// The name on the wire.
    pub(crate) rename: Option<Spanned<String>>,
    pub(crate) read_only: Option<Spanned<bool>>,
    /// As they are written.
    pub(crate) min: Option<Spanned<String>>,
    pub(crate) max: Option<Spanned<String>>,
    pub(crate) regex: Option<Spanned<String>>,
    pub(crate) filter: Option<Spanned<bool>>,
    pub(crate) order: Option<Spanned<bool>>,
    pub(crate) validate: Option<syn::Path>,
}

/// `default`, or `default = expression`.
pub(crate) struct DefaultValue {
    pub(crate) span: Span,
    pub(crate) value: Option<Expr>,
}

const KNOWN: &[&str] = &[
    "id",
    "max_length",
    "blank",
    "default",
    "column",
    "unique",
    "index",
    "max_digits",
    "decimal_places",
    "rename",
    "read_only",
    "min",
    "max",
    "regex",
    "filter",
    "order",
    "validate",
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
                "unique" => put(&mut self.unique, argument, argument.flag(errors), errors),
                "index" => put(&mut self.index, argument, argument.flag(errors), errors),
                "max_digits" => put(&mut self.max_digits, argument, argument.number(errors), errors),
                "decimal_places" => {
                    put(
                        &mut self.decimal_places,
                        argument,
                        argument.number(errors),
                        errors,
                    );
                }
                "rename" => put(&mut self.rename, argument, argument.text(errors), errors),
                "read_only" => put(&mut self.read_only, argument, argument.flag(errors), errors),
                "min" => put(&mut self.min, argument, argument.limit(errors), errors),
                "max" => put(&mut self.max, argument, argument.limit(errors), errors),
                "regex" => put(&mut self.regex, argument, argument.text(errors), errors),
                "filter" => put(&mut self.filter, argument, argument.flag(errors), errors),
                "order" => put(&mut self.order, argument, argument.flag(errors), errors),
                "validate" => put(&mut self.validate, argument, argument.path(errors), errors),
                _ => argument.unknown(KNOWN, errors),
            }
        }
    }

    pub(crate) fn is_id(&self) -> bool {
        is_set(self.id.as_ref())
    }

    pub(crate) fn is_read_only(&self) -> bool {
        is_set(self.read_only.as_ref())
    }

    /// Whether queries may filter by the field.
    pub(crate) fn is_filterable(&self) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.value)
    }

    /// Whether queries may order by the field.
    pub(crate) fn is_sortable(&self) -> bool {
        self.order.as_ref().is_none_or(|order| order.value)
    }

    /// Whether the digits of a decimal are told.
    pub(crate) fn says_digits(&self) -> bool {
        self.max_digits.is_some() || self.decimal_places.is_some()
    }

    pub(crate) fn is_blank(&self) -> bool {
        is_set(self.blank.as_ref())
    }
}
