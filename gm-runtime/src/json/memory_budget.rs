//! A limit on the memory of JSON values.

use serde_json::Value as Json;

use super::error::JsonError;

/// The memory of a list's member. A list may have twice the capacity that it needs.
pub(super) const MEMBER: usize = 2 * size_of::<Json>();
/// The memory of an object with a few keys.
pub(super) const OBJECT: usize = 640;
/// The memory of a key and its value. The nodes of an object may be half full.
pub(super) const ENTRY: usize = 2 * (size_of::<String>() + size_of::<Json>());
/// The memory of a text besides its bytes.
pub(super) const TEXT: usize = 16;

/// The memory in bytes that JSON values, or all rows of a response, may still take.
///
/// The length of a text does not limit the memory of its values. A list of empty objects takes fifty times its text.
#[derive(Debug)]
pub(crate) struct MemoryBudget(usize);

impl MemoryBudget {
    pub(crate) fn new(bytes: usize) -> Self {
        Self(bytes)
    }

    /// For values that this service wrote, or that have another limit.
    pub(crate) fn unbounded() -> Self {
        Self(usize::MAX)
    }

    /// For a response with so many bytes: 8 MiB, as for a write by default, and 32 times the bytes. A list of small
    /// numbers takes this multiple, and a complete row a tenth of it.
    pub(crate) fn of_response(bytes: usize) -> Self {
        Self(bytes.saturating_mul(32).saturating_add(8 * 1024 * 1024))
    }

    /// The bytes that may still be taken.
    pub(crate) fn left(&self) -> usize {
        self.0
    }

    /// Takes so many bytes. Returns false if fewer are left.
    pub(crate) fn try_take(&mut self, bytes: usize) -> bool {
        match self.0.checked_sub(bytes) {
            Some(left) => {
                self.0 = left;
                true
            }
            None => false,
        }
    }

    pub(super) fn take(&mut self, bytes: usize) -> Result<(), JsonError> {
        if self.try_take(bytes) {
            Ok(())
        } else {
            Err(JsonError(
                "expected JSON with fewer values, since these take too much memory",
            ))
        }
    }
}
