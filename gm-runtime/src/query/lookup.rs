//! One condition on one field.

use crate::field::Value;

/// What a lookup asks of a field's value. The wire names are those of the contract: `name__icontains`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Operator {
    /// Equal; null means IS NULL.
    Exact,
    /// One of a list; a null in the list matches null.
    In,
    /// Null, or not.
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
    /// Equal when case is ignored.
    IExact,
    /// Contains.
    Contains,
    /// Contains, when case is ignored.
    IContains,
    /// Starts with.
    StartsWith,
    /// Starts with, when case is ignored.
    IStartsWith,
    /// Ends with.
    EndsWith,
    /// Ends with, when case is ignored.
    IEndsWith,
    /// The year, in UTC.
    Year,
    /// The month, in UTC.
    Month,
    /// The day of the month, in UTC.
    Day,
    /// The day of the calendar that an instant falls on, in UTC.
    Date,
    /// Matches a pattern somewhere.
    Regex,
    /// Matches a pattern somewhere, when case is ignored.
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

    /// Whether it is one of the lookups that only text has.
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

    /// Whether it is one of the lookups by a pattern.
    pub(crate) const fn is_pattern(self) -> bool {
        matches!(self, Self::Regex | Self::IRegex)
    }

    /// The name on the wire, behind the field's name and `__`.
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

/// What an [`Operator`] compares with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operand {
    /// A value of the field's type (of [`Operator::Date`]: a date).
    Value(Value),
    /// The members of [`Operator::In`], or the two ends of [`Operator::Range`].
    List(Vec<Value>),
    /// Whether [`Operator::IsNull`] asks for null.
    Flag(bool),
    /// The year, month or day.
    Number(i64),
}

/// A condition on one field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lookup {
    /// The field's place in its manager's description.
    pub field: u16,
    /// What is asked.
    pub operator: Operator,
    /// What it is compared with.
    pub operand: Operand,
}
