//! The parser of an attribute's list of arguments.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::spanned::Spanned as _;
use syn::{Attribute, Lit, Meta, Token};

use super::argument::{Argument, Value};
use super::rule;
use crate::diagnostics::Errors;

/// The argument whose value is a type.
const TYPE_ARGUMENT: &str = "interface";

/// The attribute of the arguments of `update(before = .., after = ..)`, for messages.
const UPDATE: &str = "permission(update(..))";

/// The arguments of an attribute. After an invalid argument, parsing continues behind the next comma, so that all mistakes
/// are reported at once. `parse_nested_meta` stops at the first one.
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
                format!("`#[{name} = ..]` is not supported; write `#[{name}(..)]`"),
            );
            return Vec::new();
        }
    }
    // `parse_args_with` puts an unexpected end of input at the closing parenthesis.
    let all = |input: ParseStream<'_>| Ok(parse_all(&name, input, errors));
    errors
        .ok_or_report(attribute.parse_args_with(all))
        .unwrap_or_default()
}

/// Sets an option, unless an alias of the argument has set it already.
pub(crate) fn set_once<T>(slot: &mut Option<T>, argument: &Argument, value: Option<T>, errors: &Errors) {
    if slot.is_some() {
        errors.at(
            argument.span(),
            format!(
                "`{}` is an alias of an argument that is already given; keep one of them",
                argument.name()
            ),
        );
    } else {
        *slot = value;
    }
}

fn parse_all(attribute: &str, input: ParseStream<'_>, errors: &Errors) -> Vec<Argument> {
    let mut arguments: Vec<Argument> = Vec::new();
    while !input.is_empty() {
        let argument = parse_one(attribute, input, errors);
        if argument.is_ok() && !input.is_empty() && !input.peek(Token![,]) {
            errors.at(input.span(), "expected a comma between arguments");
        }
        match argument {
            Ok(argument) if arguments.iter().any(|other| other.name() == argument.name()) => {
                errors.at(argument.span(), format!("`{}` is given twice", argument.name()));
            }
            Ok(argument) => arguments.push(argument),
            Err(error) => errors.add(error),
        }
        skip_past_comma(input);
    }
    arguments
}

fn parse_one(attribute: &str, input: ParseStream<'_>, errors: &Errors) -> syn::Result<Argument> {
    if input.peek(Lit) {
        return Err(input.error("expected the name of an argument, found a literal"));
    }
    let name = Ident::parse_any(input)?;
    let value = parse_value(attribute, &name, input, errors)?;
    Ok(Argument::new(attribute.to_owned(), name, value))
}

fn parse_value(attribute: &str, name: &Ident, input: ParseStream<'_>, errors: &Errors) -> syn::Result<Value> {
    let error = |span: Span, message: String| Err(syn::Error::new(span, message));
    let grammar = Grammar::of(attribute, name);
    if input.peek(syn::token::Paren) {
        let content;
        let parentheses = syn::parenthesized!(content in input);
        if grammar == Grammar::Rule && attribute == "permission" && name == "update" {
            let (arguments, has_errors) = errors.track(|| parse_all(UPDATE, &content, errors));
            return Ok(Value::Arguments {
                arguments,
                has_errors,
            });
        }
        if grammar != Grammar::Other {
            let value: proc_macro2::TokenStream = content.parse()?;
            return error(
                parentheses.span.join(),
                format!("write `{name} = {value}`, with `=` in place of parentheses"),
            );
        }
        if content.peek(Lit) {
            let value: proc_macro2::TokenStream = content.parse()?;
            return error(
                parentheses.span.join(),
                format!("write `{name} = {value}`, with `=` in place of parentheses"),
            );
        }
        let names = content.parse_terminated(Ident::parse_any, Token![,])?;
        return Ok(Value::List(names.into_iter().collect()));
    }
    if input.peek(Token![:]) {
        return error(
            input.span(),
            format!("write `{name} = value`, with `=` in place of `:`"),
        );
    }
    if input.peek(Token![=>]) {
        return error(
            input.span(),
            format!("write `{name} = value`, with `=` in place of `=>`"),
        );
    }
    if !input.peek(Token![=]) {
        return Ok(Value::Flag);
    }
    let equals = input.parse::<Token![=]>()?;
    if input.is_empty() || input.peek(Token![,]) {
        return error(equals.span(), format!("missing value: write `{name} = ..`"));
    }
    Ok(match grammar {
        Grammar::Rule => Value::Rule(rule::rule(input)?),
        Grammar::Preset => Value::Preset(rule::preset(name, input)?),
        Grammar::Other if name == TYPE_ARGUMENT && !input.peek(Lit) => Value::Type(input.parse()?),
        Grammar::Other => Value::Expression(input.parse()?),
    })
}

/// The grammar of an argument's value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grammar {
    Rule,
    Preset,
    Other,
}

impl Grammar {
    fn of(attribute: &str, name: &Ident) -> Self {
        match (attribute, name.to_string().as_str()) {
            ("permission" | UPDATE, _) | ("field", "read" | "write" | "create" | "update") => Self::Rule,
            ("field", "preset" | "preset_on_update") => Self::Preset,
            _ => Self::Other,
        }
    }
}

fn skip_past_comma(input: ParseStream<'_>) {
    while !input.is_empty() {
        if input.parse::<Token![,]>().is_ok() || input.parse::<proc_macro2::TokenTree>().is_err() {
            return;
        }
    }
}
