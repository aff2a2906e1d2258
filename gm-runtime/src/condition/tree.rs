//! Conditions on a row that are joined.

use super::ConditionTree;

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
