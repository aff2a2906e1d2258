//! The grammar of rules: words, comparisons, `&`, `|`, `!` and parentheses.
//!
//! The grammar is not that of Rust's expressions. In Rust, `a == b & c == d` is `a == (b & c) == d`, and `in` is not an
//! operator. The names of fields are checked later, when the fields are known.

mod advice;
mod caller;
mod comparison;
mod operand;
mod parse;
mod tokens;
mod tree;

pub(crate) use caller::preset;
pub(crate) use parse::rule;
pub(crate) use tokens::written;
pub(crate) use tree::{CallerAttribute, Comparison, Constant, Operand, Operator, Rule, WORDS};
