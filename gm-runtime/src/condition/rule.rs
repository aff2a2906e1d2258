//! A rule, as the derive declares it.

use std::collections::BTreeSet;

use super::ConditionTree;
use crate::field::{FieldKind, Value, ValueType};
use crate::principal::Principal;

/// A rule of `#[permission(..)]` or of a field: the callers that may do something, and with which rows.
///
/// The derive makes it of the attribute, as a constant tree. With a caller it becomes a [`ConditionTree`]. Databases
/// evaluate that as SQL, and everything else evaluates it in memory.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Rule {
    /// Every caller, with or without credentials.
    Public,
    /// Every caller with accepted credentials.
    Authenticated,
    /// No caller, only the service's own code.
    Nobody,
    /// Administrators ([`Principal::is_admin`]).
    Admin,
    /// The members of a group.
    Group(&'static str),
    /// The callers with a permission.
    Permission(&'static str),
    /// Rows whose field compares with a value, or with an attribute of the caller.
    Compare {
        /// The index of the field.
        field: u16,
        /// The comparison.
        operator: RuleOperator,
        /// What the field is compared with.
        operand: RuleOperand,
    },
    /// Rows without a value in the field of this index.
    IsNull(u16),
    /// Updates that give the field of this index another value.
    Changed(u16),
    /// A rule of the application's own.
    Own {
        /// The function's path, as it is written in the attribute.
        path: &'static str,
        /// Makes the condition of the caller.
        condition: fn(&Principal) -> ConditionTree,
    },
    /// All of these rules.
    All(&'static [Rule]),
    /// One of these rules.
    Any(&'static [Rule]),
    /// The opposite of the rule.
    ///
    /// A comparison with an attribute that the caller does not have is false, and so is its opposite.
    Not(&'static Rule),
}

/// The comparison of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleOperator {
    /// `==`
    Equal,
    /// `!=`, the exact opposite of `==`: a null is unequal to every value.
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `in`
    In,
}

/// The right side of a comparison in a rule.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum RuleOperand {
    /// A value of the field's type.
    Value(fn() -> Value),
    /// Values of the field's type.
    Values(fn() -> Vec<Value>),
    /// An attribute of the caller.
    Caller(CallerAttribute),
}

/// An attribute of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallerAttribute {
    /// `caller.name`: the name ([`Principal::name`]).
    Name,
    /// `caller.groups`: the groups ([`Principal::groups`]).
    Groups,
    /// `caller.claim("..")`: a claim ([`Principal::claim`]).
    Claim(&'static str),
}

impl FieldKind {
    /// The comparison of a field of this type. The field has this index.
    ///
    /// # Panics
    /// If the type does not suit the operator or the operand. The derive evaluates this at compile time, and the panic is a
    /// compile error at the comparison.
    #[must_use]
    #[track_caller]
    pub const fn compare(self, field: u16, operator: RuleOperator, operand: RuleOperand) -> Rule {
        let value_type = self.value_type;
        match operator {
            RuleOperator::Equal | RuleOperator::NotEqual | RuleOperator::In => {}
            _ => assert!(
                value_type.is_ordered(),
                "JSON fields have no order: compare them by `==`, `!=` or `in`"
            ),
        }
        if let RuleOperand::Caller(attribute) = operand {
            attribute.check(value_type);
        }
        Rule::Compare {
            field,
            operator,
            operand,
        }
    }
}

impl RuleOperand {
    /// `caller.name`
    pub const NAME: Self = Self::Caller(CallerAttribute::Name);
    /// `caller.groups`
    pub const GROUPS: Self = Self::Caller(CallerAttribute::Groups);

    /// `caller.claim("..")`
    #[must_use]
    pub const fn claim(name: &'static str) -> Self {
        Self::Caller(CallerAttribute::Claim(name))
    }
}

impl Rule {
    /// Whether the rule depends on the row, and not on the caller alone.
    #[must_use]
    pub const fn depends_on_row(&self) -> bool {
        match self {
            Self::Compare { .. } | Self::IsNull(_) | Self::Changed(_) | Self::Own { .. } => true,
            Self::All(rules) | Self::Any(rules) => {
                let mut rest: &[Self] = rules;
                while let [rule, others @ ..] = rest {
                    if rule.depends_on_row() {
                        return true;
                    }
                    rest = others;
                }
                false
            }
            Self::Not(rule) => rule.depends_on_row(),
            _ => false,
        }
    }

    /// Whether callers differ in what the rule can allow. A rule of the application's own may allow every caller some row.
    pub(crate) const fn depends_on_caller(&self) -> bool {
        match self {
            Self::Authenticated | Self::Admin | Self::Group(_) | Self::Permission(_) => true,
            Self::Compare { operand, .. } => matches!(operand, RuleOperand::Caller(_)),
            Self::All(rules) | Self::Any(rules) => {
                let mut rest: &[Self] = rules;
                while let [rule, others @ ..] = rest {
                    if rule.depends_on_caller() {
                        return true;
                    }
                    rest = others;
                }
                false
            }
            Self::Not(rule) => rule.depends_on_caller(),
            Self::Public | Self::Nobody | Self::IsNull(_) | Self::Changed(_) | Self::Own { .. } => false,
        }
    }

    /// The fields whose values decide which rows the rule accepts. `None` if they are unknown, for a rule of the application's
    /// own.
    pub(crate) fn fields(&self) -> Option<BTreeSet<u16>> {
        match self {
            Self::Compare { field, .. } | Self::IsNull(field) | Self::Changed(field) => Some([*field].into()),
            Self::Own { .. } => None,
            Self::All(rules) | Self::Any(rules) => {
                rules
                    .iter()
                    .try_fold(Default::default(), |mut all: BTreeSet<_>, rule| {
                        all.extend(rule.fields()?);
                        Some(all)
                    })
            }
            Self::Not(rule) => rule.fields(),
            _ => Some(Default::default()),
        }
    }
}

impl CallerAttribute {
    /// Refuses, at compile time, an attribute that no value of the field's type can equal.
    #[track_caller]
    pub(crate) const fn check(self, value_type: ValueType) {
        match self {
            Self::Name => assert!(
                matches!(value_type, ValueType::Text | ValueType::Uuid),
                "`caller.name` is a text, and this field is no text and no UUID: use a claim, such as `caller.claim(\"user_id\")`"
            ),
            Self::Groups => assert!(
                matches!(value_type, ValueType::Text),
                "`caller.groups` are texts, and this field is no text: use a claim that is a list, such as `caller.claim(\"tenants\")`"
            ),
            Self::Claim(_) => {}
        }
    }
}
