//! The tree of a rule, with its spans.

use proc_macro2::{Ident, Span, TokenStream};

use crate::spanned::Spanned;

/// The words that are rules by themselves.
pub(crate) const WORDS: [&str; 4] = ["public", "authenticated", "nobody", "admin"];

/// A rule, as it is written.
#[derive(Clone)]
pub(crate) enum Rule {
    Public,
    Authenticated,
    Nobody,
    Admin,
    Group(String),
    Permission(String),
    Compare(Comparison),
    /// The field.
    IsNull(Ident),
    /// The span is that of the word `changed`.
    Changed(Spanned<Ident>),
    /// A function of the application. A single name may be a misspelt word.
    Own(syn::Path),
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
}

/// `field == operand`.
#[derive(Clone)]
pub(crate) struct Comparison {
    pub(crate) field: Ident,
    pub(crate) operator: Operator,
    pub(crate) operand: Operand,
    /// The span of the operand's last token.
    pub(crate) end: Span,
}

/// The operator of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
}

/// The right side of a comparison.
#[derive(Clone, Debug)]
pub(crate) enum Operand {
    Value(Constant),
    List(Vec<Constant>),
    Caller(CallerAttribute),
}

/// A literal, or the path of a constant or of a variant.
#[derive(Clone, Debug)]
pub(crate) struct Constant {
    pub(crate) tokens: TokenStream,
    pub(crate) span: Span,
    /// The name, if it is a single one. It may be that of a field.
    pub(crate) name: Option<Ident>,
}

/// An attribute of the caller.
#[derive(Clone, Debug)]
pub(crate) enum CallerAttribute {
    Name,
    Groups,
    Claim(String),
}

impl Operator {
    /// The operator, as it is written.
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
        }
    }

    /// The operator that says the same if the two sides change places.
    pub(super) fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            other => other,
        }
    }
}

impl CallerAttribute {
    /// The attribute, as it is written.
    pub(crate) fn written(&self) -> String {
        match self {
            Self::Name => "caller.name".to_owned(),
            Self::Groups => "caller.groups".to_owned(),
            Self::Claim(name) => format!("caller.claim({name:?})"),
        }
    }
}

impl Rule {
    /// Calls the function with each word, comparison and function of the rule.
    pub(crate) fn for_each_leaf<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        match self {
            Self::All(rules) | Self::Any(rules) => rules.iter().for_each(|rule| rule.for_each_leaf(visit)),
            Self::Not(rule) => rule.for_each_leaf(visit),
            leaf => visit(leaf),
        }
    }
}
