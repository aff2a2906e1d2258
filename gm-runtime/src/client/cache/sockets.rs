//! The open websockets of a resource.

use crate::change::Delivery;

/// The numbers of open websockets of a resource.
#[derive(Default)]
pub(super) struct Sockets {
    pub(super) guaranteed: usize,
    pub(super) best_effort: usize,
}

impl Sockets {
    /// Which changes arrive as events.
    pub(super) fn delivery(&self) -> Delivery {
        match (self.guaranteed, self.best_effort) {
            (0, 0) => Delivery::None,
            (0, _) => Delivery::BestEffort,
            _ => Delivery::Guaranteed,
        }
    }
}
