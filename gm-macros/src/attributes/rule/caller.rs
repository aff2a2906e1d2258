//! The attributes of the caller.

use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Error, Ident, Lit, Result, Token, parenthesized, token};

use super::tokens::{peek_name, spanning, text, within};
use super::tree::CallerAttribute;
use crate::spanned::Spanned;

pub(super) const CALLER: &str = "a rule compares with an attribute of the caller: `caller.name`, `caller.groups` or `caller.claim(\"..\")`";

/// The value of `preset`: an attribute of the caller that is one value.
pub(crate) fn preset(name: &Ident, input: ParseStream<'_>) -> Result<Spanned<CallerAttribute>> {
    let expected = format!(
        "expected an attribute of the caller: `{name} = caller.name` or `{name} = caller.claim(\"..\")`"
    );
    let start = input.span();
    if !peek_caller(input) {
        return Err(input.error(match input.peek(Lit) {
            true => format!("{expected}. A `default` gives every new row the same value"),
            false => expected,
        }));
    }
    let attribute = caller_attribute(input)?;
    if matches!(attribute.value, CallerAttribute::Groups) {
        return Err(spanning(
            start,
            attribute.span,
            &format!("`caller.groups` is a list; {expected}"),
        ));
    }
    Ok(attribute)
}

pub(super) fn peek_caller(input: ParseStream<'_>) -> bool {
    peek_name(input, &["caller"])
}

/// `caller.name`, `caller.groups` or `caller.claim("..")`, with the span of the last token.
pub(super) fn caller_attribute(input: ParseStream<'_>) -> Result<Spanned<CallerAttribute>> {
    let caller = Ident::parse_any(input)?;
    if !input.peek(Token![.]) {
        return Err(Error::new(caller.span(), CALLER));
    }
    input.parse::<Token![.]>()?;
    if !input.peek(Ident::peek_any) {
        return Err(input.error(CALLER));
    }
    let name = Ident::parse_any(input)?;
    let attribute = match name.to_string().as_str() {
        "name" => CallerAttribute::Name,
        "groups" => CallerAttribute::Groups,
        "claim" if input.peek(token::Paren) => {
            let content;
            let span = parenthesized!(content in input).span.join();
            return Ok(Spanned::new(
                CallerAttribute::Claim(within(&content, |content| text("claim", content))?),
                span,
            ));
        }
        "claim" => {
            return Err(Error::new(
                name.span(),
                "write the claim's name: `caller.claim(\"..\")`",
            ));
        }
        _ => return Err(unknown_attribute(&name)),
    };
    if input.peek(token::Paren) {
        return Err(input.error(format!("`{}` has no parentheses", attribute.written())));
    }
    Ok(Spanned::new(attribute, name.span()))
}

/// `caller.` with an unknown name.
fn unknown_attribute(name: &Ident) -> Error {
    let written = name.to_string();
    let meant = match written.as_str() {
        "id" | "user" | "username" | "sub" => "name",
        "group" | "role" | "roles" => "groups",
        "claims" => "claim",
        other => other,
    };
    let list = "`caller.name`, `caller.groups`, `caller.claim(\"..\")`";
    let advice = match meant {
        "name" | "groups" => format!("did you mean `caller.{meant}`?"),
        "claim" => "write `caller.claim(\"..\")`.".to_owned(),
        _ => format!("a claim is `caller.claim(\"{written}\")`."),
    };
    Error::new(
        name.span(),
        format!("the caller has no attribute `{written}`; {advice} Expected one of: {list}"),
    )
}
