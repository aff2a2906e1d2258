//! The tokens of rules: operators, names and texts.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Error, Ident, LitStr, Path, Result, Token};

use super::tree::Operator;

/// The operator of a comparison, if the next token is one.
pub(super) fn operator(input: ParseStream<'_>) -> Result<Option<Operator>> {
    // Longer operators first: `<` also matches the beginning of `<=`.
    let operator = if input.peek(Token![==]) {
        input.parse::<Token![==]>()?;
        Operator::Equal
    } else if input.peek(Token![!=]) {
        input.parse::<Token![!=]>()?;
        Operator::NotEqual
    } else if input.peek(Token![<=]) {
        input.parse::<Token![<=]>()?;
        Operator::LessOrEqual
    } else if input.peek(Token![>=]) {
        input.parse::<Token![>=]>()?;
        Operator::GreaterOrEqual
    } else if input.peek(Token![<]) {
        input.parse::<Token![<]>()?;
        Operator::Less
    } else if input.peek(Token![>]) {
        input.parse::<Token![>]>()?;
        Operator::Greater
    } else if input.peek(Token![in]) {
        input.parse::<Token![in]>()?;
        Operator::In
    } else {
        return Ok(None);
    };
    Ok(Some(operator))
}

/// The only argument of `group`, `permission` or `claim`: text that is not empty.
pub(super) fn text(word: &str, content: ParseStream<'_>) -> Result<String> {
    let expected = format!("expected a text: `{word}(\"..\")`");
    if !content.peek(LitStr) {
        return Err(content.error(expected));
    }
    let literal = content.parse::<LitStr>()?;
    if !content.is_empty() {
        return Err(content.error(format!("expected one text alone: `{word}(\"..\")`")));
    }
    let value = literal.value();
    if value.trim().is_empty() {
        return Err(Error::new(
            literal.span(),
            format!("the name of a {word} can't be empty"),
        ));
    }
    Ok(value)
}

/// Whether the next token is an identifier with this name.
pub(super) fn peek_name(input: ParseStream<'_>, names: &[&str]) -> bool {
    input
        .fork()
        .call(Ident::parse_any)
        .is_ok_and(|next| names.iter().any(|name| next == name))
}

/// Parses what is between parentheses or brackets. After an error the rest is skipped, since `syn` would report it too.
pub(super) fn within<T>(
    content: ParseStream<'_>,
    parse: impl FnOnce(ParseStream<'_>) -> Result<T>,
) -> Result<T> {
    let parsed = parse(content);
    if parsed.is_err() {
        content.parse::<TokenStream>()?;
    }
    parsed
}

/// An error about everything from one token to another.
pub(super) fn spanning(start: Span, end: Span, message: &str) -> Error {
    let (first, last) = (quote_spanned!(start=> _), quote_spanned!(end=> _));
    Error::new_spanned(quote::quote!(#first #last), message)
}

/// The path, as it is written.
pub(crate) fn written(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}
