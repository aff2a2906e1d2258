//! `#[field(..)]`.

use proc_macro2::Span;
use syn::{Attribute, Expr};

use super::remote_api::is_set;
use super::rule::{CallerAttribute, Rule};
use super::struct_attributes::STRUCT_ATTRIBUTES;
use super::{Argument, arguments, set_once};
use crate::diagnostics::Errors;
use crate::spanned::{Spanned, path_span};

/// The arguments of a field's `#[field]`.
#[derive(Default)]
pub(crate) struct FieldOptions {
    /// Whether an argument was rejected. A missing one may then be a misspelt one.
    pub(crate) has_errors: bool,
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
    /// `min` and `max` are the text of their literals.
    pub(crate) min: Option<Spanned<String>>,
    pub(crate) max: Option<Spanned<String>>,
    pub(crate) regex: Option<Spanned<String>>,
    pub(crate) filter: Option<Spanned<bool>>,
    pub(crate) order: Option<Spanned<bool>>,
    pub(crate) validate: Option<syn::Path>,
    pub(crate) read: Option<Spanned<Rule>>,
    /// `create` and `update` in one.
    pub(crate) write: Option<Spanned<Rule>>,
    pub(crate) create: Option<Spanned<Rule>>,
    pub(crate) update: Option<Spanned<Rule>>,
    pub(crate) preset: Option<Preset>,
    pub(crate) preset_on_update: Option<Preset>,
    pub(crate) version: Option<Spanned<bool>>,
    pub(crate) created: Option<Spanned<bool>>,
    pub(crate) updated: Option<Spanned<bool>>,
    pub(crate) computed: Option<Spanned<bool>>,
    /// The manager of the row whose id the field holds.
    pub(crate) references: Option<Spanned<syn::Path>>,
    /// What happens to the row if the row is deleted whose id the field holds. The span is that of the word.
    pub(crate) on_delete: Option<Spanned<OnDelete>>,
}

/// `on_delete = restrict`, `on_delete = cascade` or `on_delete = set_null`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnDelete {
    Restrict,
    Cascade,
    SetNull,
}

impl OnDelete {
    const ALL: [Self; 3] = [Self::Restrict, Self::Cascade, Self::SetNull];

    /// The words, in the order of `ALL`.
    const WORDS: [&str; 3] = ["restrict", "cascade", "set_null"];
}

/// What the owner keeps in a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    Version,
    Created,
    Updated,
    /// The value of a method of the owner's struct. Only a consumer has such a field.
    Computed,
}

impl Kept {
    pub(crate) const ALL: [Self; 4] = [Self::Version, Self::Created, Self::Updated, Self::Computed];

    /// The name of the argument.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Computed => "computed",
        }
    }
}

/// `preset = caller.attribute`.
pub(crate) struct Preset {
    pub(crate) span: Span,
    pub(crate) attribute: Spanned<CallerAttribute>,
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
    "read",
    "write",
    "create",
    "update",
    "preset",
    "preset_on_update",
    "version",
    "created",
    "updated",
    "computed",
    "references",
    "on_delete",
];

impl FieldOptions {
    pub(crate) fn parse(attributes: &[Attribute], errors: &Errors) -> Self {
        let mut options = Self::default();
        let mut seen = false;
        for attribute in attributes {
            let Some(name) = attribute.path().get_ident().map(ToString::to_string) else {
                continue;
            };
            if STRUCT_ATTRIBUTES.contains(&name.as_str()) {
                errors.at(
                    path_span(attribute),
                    format!("`#[{name}(..)]` belongs on the struct, not on a field"),
                );
            } else if name == "field" && seen {
                errors.at(
                    path_span(attribute),
                    "`#[field(..)]` is given twice; write one with all arguments: `#[field(a, b = ..)]`",
                );
            } else if name == "field" {
                seen = true;
                options.has_errors = errors.track(|| options.read(attribute, errors)).1;
            }
        }
        options
    }

    fn read(&mut self, attribute: &Attribute, errors: &Errors) {
        for argument in &arguments(attribute, errors) {
            match argument.name().as_str() {
                "id" => set_once(&mut self.id, argument, argument.flag(errors), errors),
                "max_length" => set_once(&mut self.max_length, argument, argument.number(errors), errors),
                "blank" => set_once(&mut self.blank, argument, argument.flag(errors), errors),
                "default" => {
                    let default = argument.optional_expression(errors).map(|value| DefaultValue {
                        span: argument.span(),
                        value: value.cloned(),
                    });
                    set_once(&mut self.default, argument, default, errors);
                }
                "column" => set_once(&mut self.column, argument, argument.text(errors), errors),
                "unique" => set_once(&mut self.unique, argument, argument.flag(errors), errors),
                "index" => set_once(&mut self.index, argument, argument.flag(errors), errors),
                "max_digits" => set_once(&mut self.max_digits, argument, argument.number(errors), errors),
                "decimal_places" => {
                    set_once(
                        &mut self.decimal_places,
                        argument,
                        argument.number(errors),
                        errors,
                    );
                }
                "rename" => set_once(&mut self.rename, argument, argument.text(errors), errors),
                "read_only" => set_once(&mut self.read_only, argument, argument.flag(errors), errors),
                "min" => set_once(&mut self.min, argument, argument.limit(errors), errors),
                "max" => set_once(&mut self.max, argument, argument.limit(errors), errors),
                "regex" => set_once(&mut self.regex, argument, argument.text(errors), errors),
                "filter" => set_once(&mut self.filter, argument, argument.flag(errors), errors),
                "order" => set_once(&mut self.order, argument, argument.flag(errors), errors),
                "validate" => set_once(&mut self.validate, argument, argument.path(errors), errors),
                "read" => set_once(&mut self.read, argument, rule(argument, errors), errors),
                "write" => set_once(&mut self.write, argument, rule(argument, errors), errors),
                "create" => set_once(&mut self.create, argument, rule(argument, errors), errors),
                "update" => set_once(&mut self.update, argument, rule(argument, errors), errors),
                "preset" => set_once(&mut self.preset, argument, preset(argument, errors), errors),
                "preset_on_update" => {
                    set_once(
                        &mut self.preset_on_update,
                        argument,
                        preset(argument, errors),
                        errors,
                    );
                }
                "version" => set_once(&mut self.version, argument, argument.flag(errors), errors),
                "created" => set_once(&mut self.created, argument, argument.flag(errors), errors),
                "updated" => set_once(&mut self.updated, argument, argument.flag(errors), errors),
                "computed" => set_once(&mut self.computed, argument, argument.flag(errors), errors),
                "references" => {
                    let path = argument
                        .path(errors)
                        .map(|path| Spanned::new(path, argument.span()));
                    set_once(&mut self.references, argument, path, errors);
                }
                "on_delete" => set_once(&mut self.on_delete, argument, on_delete(argument, errors), errors),
                _ => argument.report_unknown(KNOWN, errors),
            }
        }
    }

    /// The rules about callers, with the names of their arguments.
    pub(crate) fn rules(&self) -> impl Iterator<Item = (&'static str, &Spanned<Rule>)> {
        let rules = [
            ("read", &self.read),
            ("write", &self.write),
            ("create", &self.create),
            ("update", &self.update),
        ];
        rules
            .into_iter()
            .filter_map(|(name, rule)| Some((name, rule.as_ref()?)))
    }

    /// The preset, or the one on update.
    pub(crate) fn any_preset(&self) -> Option<&Preset> {
        self.preset.as_ref().or(self.preset_on_update.as_ref())
    }

    /// What the owner keeps in the field. The first of several, which is a mistake.
    pub(crate) fn kept(&self) -> Option<Kept> {
        let mut all = Kept::ALL.into_iter();
        all.find(|kept| self.flag_of(*kept).is_some())
    }

    /// The span of this flag, if it is set.
    pub(crate) fn flag_of(&self, kept: Kept) -> Option<Span> {
        let flag = match kept {
            Kept::Version => &self.version,
            Kept::Created => &self.created,
            Kept::Updated => &self.updated,
            Kept::Computed => &self.computed,
        };
        flag.as_ref().filter(|flag| flag.value).map(|flag| flag.span)
    }

    pub(crate) fn is_id(&self) -> bool {
        is_set(self.id.as_ref())
    }

    pub(crate) fn is_read_only(&self) -> bool {
        is_set(self.read_only.as_ref())
    }

    /// Whether queries may filter by the field.
    pub(crate) fn is_filterable(&self) -> bool {
        !self.is_computed() && self.filter.as_ref().is_none_or(|filter| filter.value)
    }

    /// Whether queries may order by the field.
    pub(crate) fn is_sortable(&self) -> bool {
        !self.is_computed() && self.order.as_ref().is_none_or(|order| order.value)
    }

    /// Whether the owner computes the field.
    pub(crate) fn is_computed(&self) -> bool {
        is_set(self.computed.as_ref())
    }

    /// Whether the digits of a decimal are declared.
    pub(crate) fn has_digits(&self) -> bool {
        self.max_digits.is_some() || self.decimal_places.is_some()
    }

    pub(crate) fn is_blank(&self) -> bool {
        is_set(self.blank.as_ref())
    }
}

fn rule(argument: &Argument, errors: &Errors) -> Option<Spanned<Rule>> {
    Some(Spanned::new(argument.rule(errors)?, argument.span()))
}

fn on_delete(argument: &Argument, errors: &Errors) -> Option<Spanned<OnDelete>> {
    let word = argument.word(&OnDelete::WORDS, errors)?;
    let on_delete = OnDelete::ALL.get(word.value)?;
    Some(Spanned::new(*on_delete, word.span))
}

fn preset(argument: &Argument, errors: &Errors) -> Option<Preset> {
    Some(Preset {
        span: argument.span(),
        attribute: argument.preset(errors)?,
    })
}
