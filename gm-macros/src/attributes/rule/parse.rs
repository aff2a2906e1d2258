//! The parser of rules. `&` binds stronger than `|`, and a comparison stronger than both.

use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Error, Ident, Path, Result, Token, parenthesized, token};

use super::tokens::{operator, text, within};
use super::tree::Rule;
use super::{advice, comparison};
use crate::spanned::Spanned;

/// A rule, up to a comma or to the end.
pub(crate) fn rule(input: ParseStream<'_>) -> Result<Rule> {
    let rule = any(input)?;
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(rule);
    }
    Err(advice::after_a_rule(input))
}

fn any(input: ParseStream<'_>) -> Result<Rule> {
    let mut rules = vec![all(input)?];
    while input.peek(Token![|]) {
        input.parse::<Token![|]>()?;
        rules.push(all(input)?);
    }
    Ok(joined(rules, Rule::Any))
}

fn all(input: ParseStream<'_>) -> Result<Rule> {
    let mut rules = vec![negated(input)?];
    loop {
        advice::refuse_doubled(input)?;
        if !input.peek(Token![&]) {
            return Ok(joined(rules, Rule::All));
        }
        input.parse::<Token![&]>()?;
        rules.push(negated(input)?);
    }
}

/// The rules as one. A single one stays as it is.
fn joined(mut rules: Vec<Rule>, join: impl Fn(Vec<Rule>) -> Rule) -> Rule {
    match (rules.len(), rules.pop()) {
        (1, Some(rule)) => rule,
        (_, last) => {
            rules.extend(last);
            join(rules)
        }
    }
}

fn negated(input: ParseStream<'_>) -> Result<Rule> {
    if !input.peek(Token![!]) {
        return primary(input);
    }
    let not = input.parse::<Token![!]>()?;
    let is_explicit = input.peek(token::Paren) || input.peek(Token![!]);
    let rule = negated(input)?;
    match &rule {
        Rule::Compare(comparison) if !is_explicit => Err(advice::negated_comparison(not.span, comparison)),
        _ => Ok(Rule::Not(Box::new(rule))),
    }
}

fn primary(input: ParseStream<'_>) -> Result<Rule> {
    if input.peek(token::Paren) {
        let content;
        parenthesized!(content in input);
        return within(&content, |content| {
            let rule = any(content)?;
            match content.is_empty() {
                true => Ok(rule),
                false => Err(advice::after_a_rule(content)),
            }
        });
    }
    advice::refuse_no_field(input)?;
    let path = input.call(Path::parse_mod_style)?;
    let Some(name) = path.get_ident() else {
        advice::refuse_after_a_path(&path, input)?;
        return Ok(Rule::Own(path));
    };
    if input.peek(token::Paren) {
        return call(name, input);
    }
    if let Some(operator) = operator(input)? {
        return comparison::comparison(name.clone(), operator, input).map(Rule::Compare);
    }
    advice::refuse_after_a_name(name, input)?;
    Ok(match name.to_string().as_str() {
        "public" => Rule::Public,
        "authenticated" => Rule::Authenticated,
        "nobody" => Rule::Nobody,
        "admin" => Rule::Admin,
        _ => Rule::Own(path),
    })
}

/// `group("x")`, `permission("x")`, `is_null(field)` or `changed(field)`.
fn call(name: &Ident, input: ParseStream<'_>) -> Result<Rule> {
    let content;
    let span = parenthesized!(content in input).span.join();
    within(&content, |content| match name.to_string().as_str() {
        word @ ("group" | "permission") => {
            let argument = text(word, content)?;
            Ok(match word {
                "group" => Rule::Group(argument),
                _ => Rule::Permission(argument),
            })
        }
        word @ ("is_null" | "changed") => {
            let field = if content.peek(Ident::peek_any) {
                Some(content.call(Ident::parse_any)?)
            } else {
                None
            };
            match field.filter(|_| content.is_empty()) {
                Some(field) if word == "is_null" => Ok(Rule::IsNull(field)),
                Some(field) => Ok(Rule::Changed(Spanned::new(field, name.span()))),
                None => Err(Error::new(span, format!("expected one field: `{word}(field)`"))),
            }
        }
        _ => Err(advice::unknown_call(name)),
    })
}
