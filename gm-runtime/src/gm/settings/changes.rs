//! The settings of streams of changes.

use crate::change::ChangeQueueCapacity;
use crate::gm::GmBuilder;

/// The settings of streams of changes.
impl GmBuilder {
    /// The most changes that wait for one reader of a stream of changes (`Project::changes`). 256 by default, and at
    /// least 1.
    ///
    /// If there are more, all of them become one [`Event::Refresh`](crate::change::Event::Refresh), which gives their
    /// number. So a slow reader takes limited memory, and misses nothing.
    ///
    /// Choose a longer queue for a reader that is sometimes slow, and for which single events are cheaper than reading
    /// all rows again. An entry takes about a hundred bytes. The owner's queue for each websocket is
    /// `subscriber_queue`.
    pub fn change_queue(mut self, changes: usize) -> Self {
        self.change_queue = ChangeQueueCapacity(changes.max(1));
        self
    }
}
