//! Lookups: conditions on one field.

use crate::field::Value;

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
}

impl Operator {
    /// Every operator.
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

    /// The name on the wire, which follows the field's name and `__`.
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
