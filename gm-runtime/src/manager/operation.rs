//! Sets of operations.

use crate::error::Operation;

/// A set of operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Operations {
    bits: u8,
}

impl Operations {
    /// Each operation, in the order of their declaration.
    pub(crate) const EACH: [Operation; 5] = [
        Operation::Filter,
        Operation::Detail,
        Operation::Create,
        Operation::Update,
        Operation::Delete,
    ];

    /// The empty set.
    #[must_use]
    pub const fn none() -> Self {
        Self { bits: 0 }
    }

    /// All operations.
    #[must_use]
    pub const fn all() -> Self {
        Self { bits: 0b1_1111 }
    }

    /// Adds an operation.
    #[must_use]
    pub const fn with(self, operation: Operation) -> Self {
        Self {
            bits: self.bits | 1 << operation as u8,
        }
    }

    /// Whether the operation is in the set.
    #[must_use]
    pub const fn contains(self, operation: Operation) -> bool {
        self.bits & 1 << operation as u8 != 0
    }
}
