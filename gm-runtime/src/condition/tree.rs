//! A condition on a row, as a tree.

use super::Lookup;

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

impl ConditionTree {
    /// The condition that both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Constant(true), other) | (other, Self::Constant(true)) => other,
            (never @ Self::Constant(false), _) | (_, never @ Self::Constant(false)) => never,
            (Self::All(mut all), Self::All(others)) => {
                all.extend(others);
                Self::All(all)
            }
            (Self::All(mut all), other) | (other, Self::All(mut all)) => {
                all.push(other);
                Self::All(all)
            }
            (one, other) => Self::All(vec![one, other]),
        }
    }

    /// The condition that one of the two holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Constant(false), other) | (other, Self::Constant(false)) => other,
            (always @ Self::Constant(true), _) | (_, always @ Self::Constant(true)) => always,
            (Self::Any(mut any), Self::Any(others)) => {
                any.extend(others);
                Self::Any(any)
            }
            (Self::Any(mut any), other) | (other, Self::Any(mut any)) => {
                any.push(other);
                Self::Any(any)
            }
            (one, other) => Self::Any(vec![one, other]),
        }
    }

    /// The condition for an update that changes these fields.
    pub(crate) fn with_changed(&self, fields: &[u16]) -> Self {
        let parts = |parts: &[Self]| parts.iter().map(|part| part.with_changed(fields)).collect();
        match self {
            Self::Changed(field) if fields.contains(field) => Self::Constant(true),
            Self::All(all) => Self::All(parts(all)),
            Self::Any(any) => Self::Any(parts(any)),
            Self::Not(condition) => !condition.with_changed(fields),
            leaf @ (Self::Constant(_) | Self::Lookup(_) | Self::Changed(_)) => leaf.clone(),
        }
    }
}

/// The condition that this one does not hold.
impl std::ops::Not for ConditionTree {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Constant(constant) => Self::Constant(!constant),
            Self::Not(condition) => *condition,
            condition => Self::Not(Box::new(condition)),
        }
    }
}
