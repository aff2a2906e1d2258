//! The parser of operands: literals, lists, constants and attributes of the caller.

use proc_macro2::{Ident, Span};
use quote::quote;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Error, Lit, Path, Result, Token, bracketed, token};

use super::caller::{CALLER, caller_attribute, peek_caller};
use super::tokens::{peek_name, within, written};
use super::tree::{Constant, Operand, Operator};

const OPERAND: &str =
    "expected a literal, a constant, a list `[..]`, `caller.name`, `caller.groups` or `caller.claim(\"..\")`";

/// An operand, and the span of its last token.
pub(super) fn operand(field: &Ident, operator: Operator, input: ParseStream<'_>) -> Result<(Operand, Span)> {
    if peek_caller(input) {
        let attribute = caller_attribute(input)?;
        return Ok((Operand::Caller(attribute.value), attribute.span));
    }
    if !input.peek(token::Bracket) {
        let constant = constant(field, operator, input)?;
        let span = constant.span;
        return Ok((Operand::Value(constant), span));
    }
    let content;
    let span = bracketed!(content in input).span.join();
    let members = within(&content, |content| members(field, operator, content))?;
    if members.is_empty() {
        return Err(Error::new(
            span,
            "nothing is in an empty list: write `nobody` for a rule that no caller meets",
        ));
    }
    Ok((Operand::List(members), span))
}

fn members(field: &Ident, operator: Operator, content: ParseStream<'_>) -> Result<Vec<Constant>> {
    let mut members = Vec::new();
    while !content.is_empty() {
        if peek_caller(content) {
            return Err(content.error("a list has literals and constants, and no attributes of the caller"));
        }
        members.push(constant(field, operator, content)?);
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    Ok(members)
}

/// A literal, or the path of a constant or of a variant.
fn constant(field: &Ident, operator: Operator, input: ParseStream<'_>) -> Result<Constant> {
    let start = input.span();
    let minus = input.parse::<Option<Token![-]>>()?;
    if input.peek(Lit) {
        let literal = input.parse::<Lit>()?;
        return Ok(Constant {
            tokens: quote!(#minus #literal),
            span: literal.span(),
            name: None,
        });
    }
    refuse_no_constant(field, operator, input)?;
    let path = input.call(Path::parse_mod_style)?;
    refuse_computed(field, operator, &path, start, input)?;
    let span = path.segments.last().map_or(start, |segment| segment.ident.span());
    Ok(Constant {
        tokens: quote!(#minus #path),
        span,
        name: path.get_ident().cloned(),
    })
}

/// Tokens that can't begin a constant.
fn refuse_no_constant(field: &Ident, operator: Operator, input: ParseStream<'_>) -> Result<()> {
    let is_null = peek_name(input, &["None", "null", "NULL", "nil"]) && !input.peek2(Token![::]);
    if is_null {
        let not = if operator == Operator::NotEqual { "!" } else { "" };
        return Err(input.error(format!(
            "no comparison matches null: write `{not}is_null({field})`"
        )));
    }
    if input.peek(Token![&]) && !input.peek(Token![&&]) {
        return Err(input.error("an operand is a value: write it without `&`"));
    }
    let begins_a_path = input.peek(Ident::peek_any) || input.peek(Token![::]);
    if !begins_a_path || input.peek(Token![in]) {
        return Err(input.error(OPERAND));
    }
    Ok(())
}

/// Calls, macros, and attributes of another thing than the caller.
fn refuse_computed(
    field: &Ident,
    operator: Operator,
    path: &Path,
    start: Span,
    input: ParseStream<'_>,
) -> Result<()> {
    let written = written(path);
    let symbol = operator.symbol();
    if written == "Some" && input.peek(token::Paren) {
        return Err(Error::new(
            start,
            format!("write the value alone, without `Some`: `{field} {symbol} ..`"),
        ));
    }
    if input.peek(Token![.]) {
        return Err(Error::new(
            start,
            format!("`{written}` has no attributes here: {CALLER}"),
        ));
    }
    if input.peek(token::Paren) || (input.peek(Token![!]) && !input.peek(Token![!=])) {
        return Err(Error::new(
            start,
            format!(
                "an operand is a literal or a constant: write `const VALUE: .. = {written}..;` and `{field} {symbol} VALUE`, or \
                 compute it in a rule of your own"
            ),
        ));
    }
    Ok(())
}
