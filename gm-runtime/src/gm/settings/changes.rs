//! Settings of streams of changes.

use crate::change::ChangeQueueCapacity;
use crate::gm::GmBuilder;

/// Settings of streams of changes.
impl GmBuilder {
    /// The most changes that wait for one reader of a stream of changes (`Project::changes`). When they are more, all of them
    /// become one [`Event::Refresh`](crate::change::Event::Refresh), which says how many it stands for. So a slow reader costs bounded memory and misses
    /// nothing. 256 by default, 1 at least.
    ///
    /// A reader that falls behind for a while, and would rather take each row than read all rows again, wants a longer queue.
    /// An entry takes about a hundred bytes. The queue of an owner for each websocket is `subscriber_queue`.
    pub fn change_queue(mut self, changes: usize) -> Self {
        self.change_queue = ChangeQueueCapacity(changes.max(1));
        self
    }
}
