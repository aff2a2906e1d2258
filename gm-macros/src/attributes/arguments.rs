//! The arguments of an attribute: `name`, `name = value`, `name(..)`.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::spanned::Spanned as _;
use syn::{Attribute, Expr, Lit, Meta, Token, Type, UnOp};

use crate::diagnostics::{Errors, expected_one_of};
use crate::spanned::Spanned;

/// One argument.
pub(crate) struct Argument {
    attribute: String,
    name: Ident,
    value: Value,
}

enum Value {
    Flag,
    Is(Expr),
    // What has parameters, such as `Rows<Project>`, is no expression.
    Type(Type),
    List(Vec<Ident>),
}

/// The argument whose value is a type.
const TYPED: &str = "interface";

/// The attribute's arguments. A mistake in one of them hides none of the others: it is noted, and reading goes on
/// behind the next comma (`parse_nested_meta` would stop).
pub(crate) fn arguments(attribute: &Attribute, errors: &Errors) -> Vec<Argument> {
    let name = attribute
        .path()
        .get_ident()
        .map(ToString::to_string)
        .unwrap_or_default();
    match &attribute.meta {
        Meta::Path(_) => return Vec::new(),
        Meta::List(_) => {}
        Meta::NameValue(_) => {
            errors.at(
                attribute.meta.span(),
                format!("`#[{name} = ..]` is not understood; write `#[{name}(..)]`"),
            );
            return Vec::new();
        }
    }
    let all = |input: ParseStream<'_>| Ok(parse_all(&name, input, errors));
    // What ends too early is then a mistake at the closing parenthesis.
    errors.ok(attribute.parse_args_with(all)).unwrap_or_default()
}

fn parse_all(attribute: &str, input: ParseStream<'_>, errors: &Errors) -> Vec<Argument> {
    let mut arguments: Vec<Argument> = Vec::new();
    while !input.is_empty() {
        let argument = parse_one(attribute, input);
        if argument.is_ok() && !input.is_empty() && !input.peek(Token![,]) {
            errors.at(input.span(), "expected a comma between arguments");
        }
        match argument {
            Ok(argument) if arguments.iter().any(|other| other.name == argument.name) => {
                errors.at(argument.span(), format!("`{}` is given twice", argument.name()));
            }
            Ok(argument) => arguments.push(argument),
            Err(error) => errors.add(error),
        }
        skip_past_comma(input);
    }
    arguments
}

fn parse_one(attribute: &str, input: ParseStream<'_>) -> syn::Result<Argument> {
    if input.peek(Lit) {
        return Err(input.error("expected the name of an argument, found a literal"));
    }
    let name = Ident::parse_any(input)?;
    let value = if input.peek(syn::token::Paren) {
        let content;
        let parentheses = syn::parenthesized!(content in input);
        if content.peek(Lit) {
            let value: proc_macro2::TokenStream = content.parse()?;
            return Err(syn::Error::new(
                parentheses.span.join(),
                format!("write `{name} = {value}`, with `=` in place of parentheses"),
            ));
        }
        let names = content.parse_terminated(Ident::parse_any, Token![,])?;
        Value::List(names.into_iter().collect())
    } else if input.peek(Token![:]) {
        return Err(syn::Error::new(
            input.span(),
            format!("write `{name} = value`, with `=` in place of `:`"),
        ));
    } else if input.peek(Token![=>]) {
        return Err(syn::Error::new(
            input.span(),
            format!("write `{name} = value`, with `=` in place of `=>`"),
        ));
    } else if input.peek(Token![=]) {
        let equals = input.parse::<Token![=]>()?;
        if input.is_empty() || input.peek(Token![,]) {
            return Err(syn::Error::new(
                equals.span(),
                format!("a value is missing: write `{name} = ..`"),
            ));
        }
        if name == TYPED && !input.peek(Lit) {
            Value::Type(input.parse()?)
        } else {
            Value::Is(input.parse()?)
        }
    } else {
        Value::Flag
    };
    Ok(Argument {
        attribute: attribute.to_owned(),
        name,
        value,
    })
}

fn skip_past_comma(input: ParseStream<'_>) {
    while !input.is_empty() {
        if input.parse::<Token![,]>().is_ok() || input.parse::<proc_macro2::TokenTree>().is_err() {
            return;
        }
    }
}

impl Argument {
    /// The argument's name, as it was written.
    pub(crate) fn name(&self) -> String {
        self.name.to_string()
    }

    /// Where the argument's name stands.
    pub(crate) fn span(&self) -> Span {
        self.name.span()
    }

    /// Notes that the attribute has no such argument.
    pub(crate) fn unknown(&self, known: &[&str], errors: &Errors) {
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

    fn wrong(&self, expected: &str, errors: &Errors) {
        let span = match &self.value {
            Value::Is(value) => value.span(),
            Value::Type(value) => value.span(),
            Value::Flag | Value::List(_) => self.span(),
        };
        errors.at(span, format!("expected {expected}"));
    }

    fn literal(&self) -> Option<&Lit> {
        match &self.value {
            Value::Is(value) => literal(value),
            Value::Flag | Value::Type(_) | Value::List(_) => None,
        }
    }

    fn named(&self) -> Option<&syn::Path> {
        match &self.value {
            Value::Is(value) => path(value),
            Value::Flag | Value::Type(_) | Value::List(_) => None,
        }
    }

    /// `name = "text"`.
    pub(crate) fn text(&self, errors: &Errors) -> Option<Spanned<String>> {
        if let Some(Lit::Str(text)) = self.literal() {
            return Some(Spanned::new(text.value(), text.span()));
        }
        self.wrong(&format!("text: `{} = \"..\"`", self.name), errors);
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
        self.wrong(&format!("a whole number: `{} = 100`", self.name), errors);
        None
    }

    /// `name = -3`, `name = 0.01` or `name = "2024-01-31"`, as it is written.
    pub(crate) fn limit(&self, errors: &Errors) -> Option<Spanned<String>> {
        let limit = match &self.value {
            Value::Is(value) => limit(value).map(|limit| Spanned::new(limit, value.span())),
            _ => None,
        };
        if limit.is_none() {
            self.wrong(
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
                self.wrong(
                    &format!("`{0}`, `{0} = true` or `{0} = false`", self.name),
                    errors,
                );
                None
            }
        }
    }

    /// `name = word`.
    pub(crate) fn word(&self, known: &[&str], errors: &Errors) -> Option<Ident> {
        if let Some(word) = self.named().and_then(syn::Path::get_ident) {
            return Some(word.clone());
        }
        let list = known
            .iter()
            .map(|rule| format!("`{rule}`"))
            .collect::<Vec<_>>()
            .join(" or ");
        self.wrong(
            &format!(
                "one rule, {}: `{} = {}`",
                list,
                self.name,
                known.first().unwrap_or(&"")
            ),
            errors,
        );
        None
    }

    /// `name = Name`, where a name of a new item is wanted.
    pub(crate) fn ident(&self, errors: &Errors) -> Option<Ident> {
        if let Some(ident) = self.named().and_then(syn::Path::get_ident) {
            return Some(ident.clone());
        }
        self.wrong(&format!("a name: `{} = Name`", self.name), errors);
        None
    }

    /// `name = some::path`.
    pub(crate) fn path(&self, errors: &Errors) -> Option<syn::Path> {
        if let Some(path) = self.named() {
            return Some(path.clone());
        }
        self.wrong(&format!("a path: `{} = some::path`", self.name), errors);
        None
    }

    /// `name = some::Type`.
    pub(crate) fn ty(&self, errors: &Errors) -> Option<Type> {
        if let Value::Type(ty) = &self.value {
            return Some(ty.clone());
        }
        self.wrong(&format!("a type: `{} = some::Type`", self.name), errors);
        None
    }

    /// `name(one, two)`.
    pub(crate) fn list(&self, errors: &Errors) -> Option<&[Ident]> {
        if let Value::List(names) = &self.value {
            return Some(names);
        }
        self.wrong(&format!("a list: `{}(.., ..)`", self.name), errors);
        None
    }

    /// `name` or `name = expression`.
    pub(crate) fn expression(&self, errors: &Errors) -> Option<Option<&Expr>> {
        match &self.value {
            Value::Flag => Some(None),
            Value::Is(value) => Some(Some(value)),
            Value::Type(_) | Value::List(_) => {
                self.wrong(&format!("`{0}` or `{0} = value`", self.name), errors);
                None
            }
        }
    }
}

/// A number with its sign, or what a text holds.
fn limit(value: &Expr) -> Option<String> {
    match value {
        Expr::Group(group) => limit(&group.expr),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => match literal(&unary.expr)? {
            Lit::Str(_) => None,
            number => Some(format!("-{}", limit_of(number)?)),
        },
        value => limit_of(literal(value)?),
    }
}

fn limit_of(literal: &Lit) -> Option<String> {
    match literal {
        Lit::Int(number) if number.suffix().is_empty() => Some(number.base10_digits().to_owned()),
        Lit::Float(number) if number.suffix().is_empty() => Some(number.base10_digits().to_owned()),
        Lit::Str(text) => Some(text.value()),
        _ => None,
    }
}

/// The literal; a negative one is none. A macro's `$value` arrives in an invisible group.
fn literal(value: &Expr) -> Option<&Lit> {
    match value {
        Expr::Lit(literal) => Some(&literal.lit),
        Expr::Group(group) => literal(&group.expr),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => None,
        _ => None,
    }
}

/// The path, likewise.
fn path(value: &Expr) -> Option<&syn::Path> {
    match value {
        Expr::Path(value) => Some(&value.path),
        Expr::Group(group) => path(&group.expr),
        _ => None,
    }
}

/// Sets what an argument gives, unless another spelling of it already did.
pub(crate) fn put<T>(slot: &mut Option<T>, argument: &Argument, value: Option<T>, errors: &Errors) {
    if slot.is_some() {
        errors.at(
            argument.span(),
            format!("`{}` is given twice; an alias counts too", argument.name()),
        );
    } else {
        *slot = value;
    }
}
