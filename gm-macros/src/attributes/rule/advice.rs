//! The errors of rules: each names what to write instead.

use proc_macro2::Span;
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Error, Ident, Lit, Path, Result, Token, token};

use super::caller::{caller_attribute, peek_caller};
use super::tokens::{operator, peek_name, spanning, written};
use super::tree::{Comparison, Operator};
use crate::suggestion::expected_one_of;

const RULE: &str = "expected a rule: `public`, `authenticated`, `nobody`, `admin`, `group(\"..\")`, `permission(\"..\")`, a comparison \
                    such as `field == caller.name`, or the path of a function";

/// The error of a token behind a whole rule.
pub(super) fn after_a_rule(input: ParseStream<'_>) -> Error {
    let is_argument = input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==]);
    if is_argument {
        return input.error("expected a comma between arguments");
    }
    for (word, symbol) in [("and", "&"), ("or", "|")] {
        if peek_name(input, &[word]) {
            return input.error(format!(
                "rules are joined by `{symbol}`: write it in place of `{word}`"
            ));
        }
    }
    if matches!(operator(&input.fork()), Ok(Some(_))) {
        return input.error("a comparison begins with a field: `field == ..`");
    }
    input.error("expected `&`, `|` or a comma")
}

/// `&&` and `||`.
pub(super) fn refuse_doubled(input: ParseStream<'_>) -> Result<()> {
    if input.peek(Token![&&]) {
        let doubled = input.parse::<Token![&&]>()?;
        return Err(Error::new_spanned(
            doubled,
            "rules are joined by a single `&`: write it in place of `&&`",
        ));
    }
    if input.peek(Token![||]) {
        let doubled = input.parse::<Token![||]>()?;
        return Err(Error::new_spanned(
            doubled,
            "rules are joined by a single `|`: write it in place of `||`",
        ));
    }
    Ok(())
}

/// `!field == ..`, which readers understand in two ways.
pub(super) fn negated_comparison(not: Span, comparison: &Comparison) -> Error {
    let Comparison { field, operator, .. } = comparison;
    let symbol = operator.symbol();
    let instead = match operator {
        Operator::Equal => format!(", or `{field} != ..`"),
        Operator::NotEqual => format!(", or `{field} == ..`"),
        _ => String::new(),
    };
    Error::new(
        not,
        format!("a negated comparison needs parentheses: write `!({field} {symbol} ..)`{instead}"),
    )
}

/// Tokens that can't begin a rule.
pub(super) fn refuse_no_field(input: ParseStream<'_>) -> Result<()> {
    let start = input.span();
    if let Ok(Lit::Bool(flag)) = input.fork().parse() {
        let word = if flag.value { "public" } else { "nobody" };
        return Err(input.error(format!("write `{word}` in place of `{}`", flag.value)));
    }
    if peek_caller(input) {
        let attribute = caller_attribute(input)?;
        let written = attribute.value.written();
        return Err(match operator(input)? {
            Some(operator) => turned_round(operator, &written, start, input),
            None => spanning(
                start,
                attribute.span,
                &format!("`{written}` alone is no rule: compare a field with it, as in `field == {written}`"),
            ),
        });
    }
    if input.peek(Lit) {
        let literal = input.parse::<Lit>()?;
        return Err(match operator(input)? {
            Some(Operator::In) if peek_caller(input) => {
                let written = literal.to_token_stream();
                Error::new(
                    start,
                    format!("write `group({written})` for the members of this group"),
                )
            }
            Some(operator) => turned_round(operator, &literal.to_token_stream().to_string(), start, input),
            None => Error::new(start, RULE),
        });
    }
    let begins_a_path = input.peek(Ident::peek_any) || input.peek(Token![::]);
    if input.is_empty() || !begins_a_path || input.peek(Token![in]) {
        return Err(input.error(RULE));
    }
    Ok(())
}

/// A comparison whose field is on the right, or that has no field.
fn turned_round(operator: Operator, left: &str, start: Span, input: ParseStream<'_>) -> Error {
    let is_name = input.peek(Ident) && !peek_caller(input) && !input.peek2(Token![::]);
    let message = match input.fork().call(Ident::parse_any) {
        Ok(field) if is_name && operator != Operator::In => format!(
            "a comparison begins with the field: write `{field} {} {left}`",
            operator.mirrored().symbol()
        ),
        _ => "a comparison begins with a field of the struct: `field == ..`. Rules about the caller alone are `group(\"..\")`, \
              `permission(\"..\")`, `admin`, or a function of yours"
            .to_owned(),
    };
    spanning(start, input.span(), &message)
}

/// What can't follow a path with several segments.
pub(super) fn refuse_after_a_path(path: &Path, input: ParseStream<'_>) -> Result<()> {
    let written = written(path);
    if input.peek(token::Paren) {
        return Err(input.error(format!(
            "write the path of the function alone, `{written}`: it is called with the caller"
        )));
    }
    if let Ok(Some(operator)) = operator(&input.fork()) {
        return Err(Error::new_spanned(
            path,
            format!(
                "a comparison begins with the name of a field: `field {} {written}`",
                operator.mirrored().symbol()
            ),
        ));
    }
    Ok(())
}

/// What can't follow a single name.
pub(super) fn refuse_after_a_name(name: &Ident, input: ParseStream<'_>) -> Result<()> {
    if input.peek(Token![=]) {
        return Err(input.error(format!("a comparison has two signs: write `{name} == ..`")));
    }
    if input.peek(Token![.]) && input.peek2(Ident) && !input.peek3(token::Paren) {
        let message = format!(
            "a rule sees one row, and compares the fields of this struct. If `{name}` is another row, store its value in a field \
             of this struct, too"
        );
        return Err(Error::new(name.span(), message));
    }
    if input.peek(Token![.]) {
        return Err(Error::new(
            name.span(),
            format!(
                "rules compare by operators, `{name} == ..`, and have `is_null({name})`. A rule of your own uses the lookups of \
                 queries: `fn(&Principal) -> Condition<..>`"
            ),
        ));
    }
    let is_not_in = peek_name(input, &["not"]) || (input.peek(Token![!]) && input.peek2(Token![in]));
    if is_not_in {
        return Err(input.error(format!("write `!({name} in ..)`")));
    }
    if peek_name(input, &["is"]) {
        return Err(input.error(format!("write `is_null({name})`, or `!is_null({name})`")));
    }
    if name == "not" {
        return Err(Error::new(
            name.span(),
            "a rule is negated by `!`: write it in place of `not`",
        ));
    }
    Ok(())
}

/// `name(..)` with an unknown name.
pub(super) fn unknown_call(name: &Ident) -> Error {
    let written = name.to_string();
    let symbol = match written.as_str() {
        "not" => Some("a rule is negated by `!`: write `!(..)`"),
        "and" | "all" => Some("rules are joined by `&`: write `.. & ..`"),
        "or" | "any" => Some("rules are joined by `|`: write `.. | ..`"),
        _ => None,
    };
    if let Some(message) = symbol {
        return Error::new(name.span(), message);
    }
    let known = ["group", "permission", "is_null", "changed"];
    let meant = match written.as_str() {
        "role" | "roles" | "has_role" | "in_group" | "has_group" | "inGroup" | "groups" => "group",
        "has_permission" | "hasPermission" | "scope" | "can" | "permissions" => "permission",
        "isnull" | "is_none" | "isNull" => "is_null",
        "has_changed" => "changed",
        other => other,
    };
    Error::new(
        name.span(),
        format!(
            "`{written}(..)` is not a rule; {}. A rule of your own is written without parentheses: `self::{written}`",
            expected_one_of(meant, &known)
        ),
    )
}
