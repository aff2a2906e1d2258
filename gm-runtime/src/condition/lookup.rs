//! Lookups: conditions on one field, and trees of them.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::field::{Value, ValueType};

/// The comparison of a lookup. On the wire its name follows the name of the field: `name__icontains`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Operator {
    /// Equal. Null matches null.
    Exact,
    /// One of a list. A null in the list matches null.
    In,
    /// Null, or not null.
    IsNull,
    /// Greater.
    Gt,
    /// Greater or equal.
    Gte,
    /// Less.
    Lt,
    /// Less or equal.
    Lte,
    /// Between two values, both included.
    Range,
    /// Equal, ignoring case.
    IExact,
    /// Contains.
    Contains,
    /// Contains, ignoring case.
    IContains,
    /// Starts with.
    StartsWith,
    /// Starts with, ignoring case.
    IStartsWith,
    /// Ends with.
    EndsWith,
    /// Ends with, ignoring case.
    IEndsWith,
    /// The year, in UTC.
    Year,
    /// The month, in UTC.
    Month,
    /// The day of the month, in UTC.
    Day,
    /// The date of an instant, in UTC.
    Date,
    /// Contains a match of a pattern.
    Regex,
    /// Contains a match of a pattern, ignoring case.
    IRegex,
    /// The row whose id the field holds meets a lookup of its own.
    Related,
}

impl Operator {
    /// Every operator that compares the field's own value.
    pub const ALL: [Self; 21] = [
        Self::Exact,
        Self::In,
        Self::IsNull,
        Self::Gt,
        Self::Gte,
        Self::Lt,
        Self::Lte,
        Self::Range,
        Self::IExact,
        Self::Contains,
        Self::IContains,
        Self::StartsWith,
        Self::IStartsWith,
        Self::EndsWith,
        Self::IEndsWith,
        Self::Year,
        Self::Month,
        Self::Day,
        Self::Date,
        Self::Regex,
        Self::IRegex,
    ];

    /// Whether the operator needs a text field.
    pub(crate) const fn is_for_text(self) -> bool {
        matches!(
            self,
            Self::IExact
                | Self::Contains
                | Self::IContains
                | Self::StartsWith
                | Self::IStartsWith
                | Self::EndsWith
                | Self::IEndsWith
                | Self::Regex
                | Self::IRegex
        )
    }

    /// Whether the operator exists for fields of this type.
    pub(crate) fn applies_to(self, value_type: ValueType) -> bool {
        match self {
            operator if operator.is_for_text() => value_type == ValueType::Text,
            Self::Gt | Self::Gte | Self::Lt | Self::Lte | Self::Range => value_type.is_ordered(),
            Self::Year | Self::Month | Self::Day => {
                matches!(value_type, ValueType::Date | ValueType::DateTime)
            }
            Self::Date => value_type == ValueType::DateTime,
            _ => true,
        }
    }

    /// Whether the operand is a pattern.
    pub(crate) const fn is_pattern(self) -> bool {
        matches!(self, Self::Regex | Self::IRegex)
    }

    /// Whether texts are compared with folded case. A pattern ignores case in another way.
    pub(crate) const fn folds_case(self) -> bool {
        matches!(
            self,
            Self::IExact | Self::IContains | Self::IStartsWith | Self::IEndsWith
        )
    }

    /// The name on the wire, which follows the field's name and `__`. [`Related`](Self::Related) is written as the name of the
    /// reference, followed by the lookup on its row.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::In => "in",
            Self::IsNull => "isnull",
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Lt => "lt",
            Self::Lte => "lte",
            Self::Range => "range",
            Self::IExact => "iexact",
            Self::Contains => "contains",
            Self::IContains => "icontains",
            Self::StartsWith => "startswith",
            Self::IStartsWith => "istartswith",
            Self::EndsWith => "endswith",
            Self::IEndsWith => "iendswith",
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::Date => "date",
            Self::Regex => "regex",
            Self::IRegex => "iregex",
            Self::Related => "related",
        }
    }
}

/// The right side of a lookup.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operand {
    /// A value of the field's type, or a date for [`Operator::Date`].
    Value(Value),
    /// The members of [`Operator::In`], or the two ends of [`Operator::Range`].
    List(Vec<Value>),
    /// Whether [`Operator::IsNull`] matches null.
    Flag(bool),
    /// The year, month or day.
    Number(i64),
    /// The lookup on the row whose id the field holds.
    Related(Box<RelatedLookup>),
}

/// A lookup on the row whose id a field holds. A field without a row meets none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RelatedLookup {
    /// The lookup, on a field of the other manager.
    pub(crate) lookup: Lookup,
    /// The rows of the other manager that the caller may read. `None` if it may read each of them.
    pub(crate) sight: Option<Arc<ConditionTree>>,
}

impl RelatedLookup {
    pub(crate) fn new(lookup: Lookup) -> Self {
        Self { lookup, sight: None }
    }

    /// The lookup, on a field of the other manager.
    #[must_use]
    pub fn lookup(&self) -> &Lookup {
        &self.lookup
    }
}

/// A condition on one field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lookup {
    /// The index of the field in the description of its manager.
    pub field: u16,
    /// The comparison.
    pub operator: Operator,
    /// The right side of the comparison.
    pub operand: Operand,
}

/// A condition on a row of a manager, as a tree. Two equal trees accept the same rows.
///
/// It is the untyped form of a [`Condition`](crate::query::Condition). A rule of `#[permission(..)]` becomes one when its
/// caller is known. It is never sent to another service.
///
/// A condition holds or does not hold, also for a null: `Not` accepts exactly the rows that its condition does not accept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConditionTree {
    /// Accepts every row, or no row.
    Constant(bool),
    /// Accepts the rows that match.
    Lookup(Lookup),
    /// Accepts the rows that all of these accept.
    All(Vec<ConditionTree>),
    /// Accepts the rows that one of these accepts.
    Any(Vec<ConditionTree>),
    /// Accepts the rows that this condition does not accept.
    Not(Box<ConditionTree>),
    /// Accepts an update that gives the field of this index another value. Outside of an update it accepts no row.
    Changed(u16),
}

impl Lookup {
    /// The lookup of the row whose id this field holds, if this one looks through the reference.
    pub(crate) fn related(&self) -> Option<&Lookup> {
        match &self.operand {
            Operand::Related(related) => Some(&related.lookup),
            _ => None,
        }
    }

    /// The lookup that compares a value, behind all references.
    pub(crate) fn innermost(&self) -> &Lookup {
        self.related().map_or(self, Lookup::innermost)
    }

    /// The order of the lookups of a query: by field, operator, and what follows a reference. The lookups of a request that are equal
    /// in this order have one key.
    pub(crate) fn compare_keys(&self, other: &Self) -> Ordering {
        let keys = (self.field, self.operator).cmp(&(other.field, other.operator));
        keys.then_with(|| match (self.related(), other.related()) {
            (Some(one), Some(other)) => one.compare_keys(other),
            _ => Ordering::Equal,
        })
    }
}
