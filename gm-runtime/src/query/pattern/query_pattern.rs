//! A pattern of a query, before it is compiled.

use crate::condition::{Lookup, Operand, Operator};
use crate::field::Value;

/// The most patterns in a query, and in the condition of a rule.
pub(crate) const MAX_PATTERNS: usize = 4;

/// The patterns that a thread caches: those of a query and of a rule. With a smaller cache, each row would compile the patterns
/// of its query again.
#[cfg(feature = "regex")]
pub(super) const MAX_CACHED: usize = 2 * MAX_PATTERNS;

/// A pattern of a query, before it is compiled.
#[derive(Clone, Debug)]
pub(crate) struct QueryPattern {
    pub(crate) field: u16,
    pub(crate) text: String,
    pub(crate) ignore_case: bool,
}

impl QueryPattern {
    /// The pattern of a lookup, if it has one.
    pub(crate) fn of(lookup: &Lookup) -> Option<Self> {
        match &lookup.operand {
            Operand::Value(Value::Text(text)) if lookup.operator.is_pattern() => Some(Self {
                field: lookup.field,
                text: text.clone(),
                ignore_case: lookup.operator == Operator::IRegex,
            }),
            _ => None,
        }
    }
}
