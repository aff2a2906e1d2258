//! One argument of an attribute (`name`, `name = value` or `name(..)`), and its value by the expected type.

use proc_macro2::{Ident, Span};
use syn::spanned::Spanned as _;
use syn::{Expr, Lit, Type, UnOp};

use super::rule::{CallerAttribute, Rule};
use crate::diagnostics::Errors;
use crate::spanned::Spanned;
use crate::suggestion::expected_one_of;

/// One argument. A method that returns `None` has reported that the value has another type.
pub(crate) struct Argument {
    attribute: String,
    name: Ident,
    value: Value,
}

pub(super) enum Value {
    Flag,
    Expression(Expr),
    // A type with parameters, such as `Rows<Project>`, is not a valid expression.
    Type(Type),
    List(Vec<Ident>),
    Rule(Rule),
    Preset(Spanned<CallerAttribute>),
    // `update(before = .., after = ..)`
    Arguments {
        arguments: Vec<Argument>,
        has_errors: bool,
    },
}

impl Argument {
    pub(super) fn new(attribute: String, name: Ident, value: Value) -> Self {
        Self {
            attribute,
            name,
            value,
        }
    }

    /// The argument's name, as it is written.
    pub(crate) fn name(&self) -> String {
        self.name.to_string()
    }

    /// The span of the argument's name.
    pub(crate) fn span(&self) -> Span {
        self.name.span()
    }

    /// Reports that the attribute has no such argument.
    pub(crate) fn report_unknown(&self, known: &[&str], errors: &Errors) {
        let name = self.name();
        errors.at(
            self.span(),
            format!(
                "`#[{}]` has no argument `{name}`; {}",
                self.attribute,
                expected_one_of(&name, known)
            ),
        );
    }

    /// `name = "text"`.
    pub(crate) fn text(&self, errors: &Errors) -> Option<Spanned<String>> {
        if let Some(Lit::Str(text)) = self.literal() {
            return Some(Spanned::new(text.value(), text.span()));
        }
        self.report_expected(&format!("text: `{} = \"..\"`", self.name), errors);
        None
    }

    /// `name = 100`.
    pub(crate) fn number<N: std::str::FromStr>(&self, errors: &Errors) -> Option<Spanned<N>> {
        if let Some(Lit::Int(number)) = self.literal()
            && let Ok(value) = number.base10_digits().parse()
            && number.suffix().is_empty()
        {
            return Some(Spanned::new(value, number.span()));
        }
        self.report_expected(&format!("a whole number: `{} = 100`", self.name), errors);
        None
    }

    /// The text of a number, a date or a time: `name = -3`, `name = 0.01` or `name = "2024-01-31"`.
    pub(crate) fn limit(&self, errors: &Errors) -> Option<Spanned<String>> {
        let limit = match &self.value {
            Value::Expression(value) => {
                signed_literal_text(value).map(|limit| Spanned::new(limit, value.span()))
            }
            _ => None,
        };
        if limit.is_none() {
            self.report_expected(
                &format!(
                    "a number, a date or a time: `{0} = 100`, `{0} = 0.01` or `{0} = \"2024-01-31\"`",
                    self.name
                ),
                errors,
            );
        }
        limit
    }

    /// `name`, `name = true` or `name = false`.
    pub(crate) fn flag(&self, errors: &Errors) -> Option<Spanned<bool>> {
        match (&self.value, self.literal()) {
            (Value::Flag, _) => Some(Spanned::new(true, self.span())),
            (_, Some(Lit::Bool(flag))) => Some(Spanned::new(flag.value(), self.span())),
            _ => {
                self.report_expected(
                    &format!("`{0}`, `{0} = true` or `{0} = false`", self.name),
                    errors,
                );
                None
            }
        }
    }

    /// `name = rule`.
    pub(crate) fn rule(&self, errors: &Errors) -> Option<Rule> {
        if let Value::Rule(rule) = &self.value {
            return Some(rule.clone());
        }
        self.report_expected(&format!("a rule: `{} = authenticated`", self.name), errors);
        None
    }

    /// `name = caller.attribute`.
    pub(crate) fn preset(&self, errors: &Errors) -> Option<Spanned<CallerAttribute>> {
        if let Value::Preset(attribute) = &self.value {
            return Some(attribute.clone());
        }
        self.report_expected(
            &format!("an attribute of the caller: `{} = caller.name`", self.name),
            errors,
        );
        None
    }

    /// `name(argument = .., argument = ..)`, and whether one of them was rejected.
    pub(super) fn arguments(&self) -> Option<(&[Self], bool)> {
        match &self.value {
            Value::Arguments {
                arguments,
                has_errors,
            } => Some((arguments, *has_errors)),
            _ => None,
        }
    }

    /// `name = Name`: the name of a new item.
    pub(crate) fn ident(&self, errors: &Errors) -> Option<Ident> {
        if let Some(ident) = self.path_value().and_then(syn::Path::get_ident) {
            return Some(ident.clone());
        }
        self.report_expected(&format!("a name: `{} = Name`", self.name), errors);
        None
    }

    /// `name = word`, with one of these words. Returns the word's place among them.
    pub(crate) fn word(&self, words: &[&str], errors: &Errors) -> Option<Spanned<usize>> {
        let word = self.path_value().and_then(syn::Path::get_ident);
        let place = word.and_then(|word| words.iter().position(|known| word == known));
        if let (Some(word), Some(place)) = (word, place) {
            return Some(Spanned::new(place, word.span()));
        }
        let mut expected: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
        let last = expected.pop().unwrap_or_default();
        let expected = format!("{} or {last}", expected.join(", "));
        self.report_expected(&expected, errors);
        None
    }

    /// `name = some::path`.
    pub(crate) fn path(&self, errors: &Errors) -> Option<syn::Path> {
        if let Some(path) = self.path_value() {
            return Some(path.clone());
        }
        self.report_expected(&format!("a path: `{} = some::path`", self.name), errors);
        None
    }

    /// `name = some::Type`.
    pub(crate) fn ty(&self, errors: &Errors) -> Option<Type> {
        if let Value::Type(ty) = &self.value {
            return Some(ty.clone());
        }
        self.report_expected(&format!("a type: `{} = some::Type`", self.name), errors);
        None
    }

    /// `name(one, two)`.
    pub(crate) fn list(&self, errors: &Errors) -> Option<&[Ident]> {
        if let Value::List(names) = &self.value {
            return Some(names);
        }
        self.report_expected(&format!("a list: `{}(.., ..)`", self.name), errors);
        None
    }

    /// `name` or `name = expression`.
    pub(crate) fn optional_expression(&self, errors: &Errors) -> Option<Option<&Expr>> {
        match &self.value {
            Value::Flag => Some(None),
            Value::Expression(value) => Some(Some(value)),
            _ => {
                self.report_expected(&format!("`{0}` or `{0} = value`", self.name), errors);
                None
            }
        }
    }

    fn report_expected(&self, expected: &str, errors: &Errors) {
        let span = match &self.value {
            Value::Expression(value) => value.span(),
            Value::Type(value) => value.span(),
            _ => self.span(),
        };
        errors.at(span, format!("expected {expected}"));
    }

    fn literal(&self) -> Option<&Lit> {
        match &self.value {
            Value::Expression(value) => literal(value),
            _ => None,
        }
    }

    fn path_value(&self) -> Option<&syn::Path> {
        match &self.value {
            Value::Expression(value) => path(value),
            _ => None,
        }
    }
}

/// The digits of a number with its sign, or the content of a text literal.
fn signed_literal_text(value: &Expr) -> Option<String> {
    match value {
        Expr::Group(group) => signed_literal_text(&group.expr),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => match literal(&unary.expr)? {
            Lit::Str(_) => None,
            number => Some(format!("-{}", literal_text(number)?)),
        },
        value => literal_text(literal(value)?),
    }
}

fn literal_text(literal: &Lit) -> Option<String> {
    match literal {
        Lit::Int(number) if number.suffix().is_empty() => Some(number.base10_digits().to_owned()),
        Lit::Float(number) if number.suffix().is_empty() => Some(number.base10_digits().to_owned()),
        Lit::Str(text) => Some(text.value()),
        _ => None,
    }
}

/// The literal, without a sign. A macro's `$value` is in an invisible group.
fn literal(value: &Expr) -> Option<&Lit> {
    match value {
        Expr::Lit(literal) => Some(&literal.lit),
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}

/// The path. A macro's `$path` is in an invisible group.
fn path(value: &Expr) -> Option<&syn::Path> {
    match value {
        Expr::Path(value) => Some(&value.path),
        Expr::Group(group) => path(&group.expr),
        _ => None,
    }
}
