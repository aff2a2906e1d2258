//! The open websockets of a resource.

use crate::change::Coverage;

/// The numbers of open websockets of a resource.
#[derive(Default)]
pub(super) struct Sockets {
    pub(super) guaranteed: usize,
    pub(super) best_effort: usize,
}

impl Sockets {
    /// Which changes arrive as events.
    pub(super) fn coverage(&self) -> Coverage {
        match (self.guaranteed, self.best_effort) {
            (0, 0) => Coverage::Nothing,
            (0, _) => Coverage::Unpromised,
            _ => Coverage::Everything,
        }
    }
}
