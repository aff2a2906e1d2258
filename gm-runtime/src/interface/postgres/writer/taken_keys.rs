//! Writes whose idempotency keys another transaction has stored meanwhile.

use tokio::time::timeout;

use super::super::session::Session;
use super::failure::NO_CONNECTION;
use super::job::WriteJob;
use super::stored_answers::replay_of;
use super::task::{OPENING_TIME, Task};
use crate::interface::Written;

impl Task {
    /// Answers a write whose key was stored by another transaction meanwhile. Returns the write if it is to be carried out again.
    pub(super) async fn answer_stored(&self, session: &Session, job: WriteJob) -> Option<WriteJob> {
        let Some(request) = job.keyed() else {
            return Some(job);
        };
        let (find, remove) = (
            self.answers.find_one(&request.id),
            self.answers.remove_one(&request.id),
        );
        let found = async {
            let rows = session.rows(&find).await?;
            if let Some(row) = rows.first() {
                return replay_of(&request.id, row).map(Some);
            }
            session.rows(&remove).await.map(|_| None)
        };
        match timeout(self.write_time.saturating_add(OPENING_TIME), found).await {
            Ok(Ok(Some(replay))) => job.answer(Ok(Written::Replay(Box::new(replay)))),
            Ok(Ok(None)) => return Some(job),
            Ok(Err(_)) | Err(_) => job.answer(Err(NO_CONNECTION)),
        }
        None
    }
}
