//! What a rule says of a row.

use std::ops::{BitAnd, BitOr, Not};

/// Whether a rule holds, and whether that is so for every row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Side {
    pub(crate) holds: bool,
    /// Whether no row is needed to know it.
    pub(crate) is_fixed: bool,
}

/// A rule and its opposite. A comparison with an attribute that the caller does not have is false, and so is its opposite.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    pub(crate) rule: Side,
    pub(crate) opposite: Side,
}

impl Side {
    pub(crate) const fn fixed(holds: bool) -> Self {
        let is_fixed = true;
        Self { holds, is_fixed }
    }

    pub(crate) const fn of_row(holds: bool) -> Self {
        let is_fixed = false;
        Self { holds, is_fixed }
    }

    /// Whether the rule allows no row.
    pub(crate) const fn is_never(self) -> bool {
        self.is_fixed && !self.holds
    }

    /// Whether the rule allows every row.
    pub(crate) const fn is_always(self) -> bool {
        self.is_fixed && self.holds
    }
}

impl BitAnd for Side {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self {
            holds: self.holds && other.holds,
            is_fixed: self.is_never() || other.is_never() || (self.is_fixed && other.is_fixed),
        }
    }
}

impl BitOr for Side {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        !(!self & !other)
    }
}

impl Not for Side {
    type Output = Self;

    fn not(self) -> Self {
        Self {
            holds: !self.holds,
            ..self
        }
    }
}

impl Verdict {
    /// A rule that is the exact opposite of its `!`.
    pub(crate) fn exact(rule: Side) -> Self {
        Self {
            rule,
            opposite: !rule,
        }
    }

    /// A word about the caller.
    pub(crate) fn word(holds: bool) -> Self {
        Self::exact(Side::fixed(holds))
    }

    /// A comparison whose operand the caller does not have.
    pub(crate) const MISSING: Self = Self {
        rule: Side::fixed(false),
        opposite: Side::fixed(false),
    };
}

impl BitAnd for Verdict {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self {
            rule: self.rule & other.rule,
            opposite: self.opposite | other.opposite,
        }
    }
}

impl BitOr for Verdict {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self {
            rule: self.rule | other.rule,
            opposite: self.opposite & other.opposite,
        }
    }
}

impl Not for Verdict {
    type Output = Self;

    fn not(self) -> Self {
        Self {
            rule: self.opposite,
            opposite: self.rule,
        }
    }
}
