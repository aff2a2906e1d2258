//! Writes that have to wait for a row which their callers do not see.

use tokio::time::timeout;

use super::connection::Open;
use super::constraint_errors;
use super::job::WriteJob;
use super::task::{OPENING_TIME, Task};
use crate::interface::Written;

impl Task {
    /// Answers the writes that would wait behind a blocked one, and whose callers do not see the row.
    pub(super) async fn answer_out_of_sight(&mut self) {
        let unchecked = self.waiting.take_unchecked();
        if unchecked.is_empty() {
            return;
        }
        let open = timeout(OPENING_TIME, self.connection.session()).await;
        let open = open.ok().and_then(Result::ok);
        let mut answered = 0;
        for (place, mut job) in unchecked {
            let is_hidden = match &open {
                Some(open) => is_out_of_sight(open, &mut job).await,
                None => false,
            };
            if is_hidden {
                answered += 1;
                job.answer(Ok(Written::Missing));
            } else {
                job.sight_is_checked = true;
                self.waiting.put_back(place.saturating_sub(answered), job);
            }
        }
    }
}

/// Whether the caller of a write that has to wait for its row does not see the row. The time or the error of the wait would tell the
/// caller that there is such a row.
pub(super) async fn is_out_of_sight(open: &Open, job: &mut WriteJob) -> bool {
    if !job.awaits_check_of_sight() {
        return false;
    }
    job.sight_is_checked = true;
    constraint_errors::is_out_of_sight(&open.session, job).await
}
