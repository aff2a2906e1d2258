//! The parser of comparisons.

use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::{Error, Result};

use super::operand::operand;
use super::tokens::{self, spanning};
use super::tree::{CallerAttribute, Comparison, Operand, Operator};

/// The rest of a comparison, after its operator.
pub(super) fn comparison(field: Ident, operator: Operator, input: ParseStream<'_>) -> Result<Comparison> {
    let start = input.span();
    let (operand, end) = operand(&field, operator, input)?;
    if let Some(message) = unsuitable(&field, operator, &operand) {
        return Err(spanning(start, end, &message));
    }
    let next = input.span();
    if let Some(other) = tokens::operator(input)? {
        let message = format!(
            "comparisons can't be chained: join two by `&`, as in `{field} {} .. & {field} {} ..`",
            operator.symbol(),
            other.symbol()
        );
        return Err(Error::new(next, message));
    }
    Ok(Comparison {
        field,
        operator,
        operand,
        end,
    })
}

/// What to write instead, if the operator does not suit the operand.
fn unsuitable(field: &Ident, operator: Operator, operand: &Operand) -> Option<String> {
    let is_list = matches!(
        operand,
        Operand::List(_) | Operand::Caller(CallerAttribute::Groups | CallerAttribute::Claim(_))
    );
    let is_value = !matches!(
        operand,
        Operand::List(_) | Operand::Caller(CallerAttribute::Groups)
    );
    let symbol = operator.symbol();
    match (operator, operand) {
        (Operator::In, Operand::Value(_)) => Some(format!(
            "`in` takes a list: write `{field} in [..]`, or `{field} == ..` for one value"
        )),
        (Operator::In, Operand::Caller(attribute)) if !is_list => Some(format!(
            "`{0}` is one value: write `{field} == {0}`",
            attribute.written()
        )),
        (Operator::In, _) => None,
        (_, _) if is_value => None,
        (Operator::NotEqual, Operand::Caller(attribute)) => Some(format!(
            "`{0}` is a list: write `!({field} in {0})`",
            attribute.written()
        )),
        (_, Operand::Caller(attribute)) => Some(format!(
            "`{0}` is a list: write `{field} in {0}`",
            attribute.written()
        )),
        (Operator::NotEqual, _) => Some(format!("`{symbol}` takes one value: write `!({field} in [..])`")),
        _ => Some(format!(
            "`{symbol}` takes one value: write `{field} in [..]` for several"
        )),
    }
}
