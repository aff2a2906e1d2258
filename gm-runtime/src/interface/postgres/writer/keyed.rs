//! Transactions of writes with an idempotency key: their answers are looked up first, and stored before the commit.

use super::failure::Failure;
use super::pipeline::{Reply, send_all};
use super::stored_answers::StoredAnswers;
use super::transaction::{COMMIT, End, Isolation, Transaction, end_of_commit, fail_all, ready};
use super::work::{State, Work};

impl Transaction<'_> {
    /// Executes the statements, stores the answers, and commits.
    ///
    /// The answers of earlier requests are looked up together with the statements. If there is one, the transaction is rolled back, and
    /// the other writes are carried out again. For [new rows](Self::finds_out_later) they are not looked up.
    pub(super) async fn execute_and_store(&self, works: &mut [Work], is_begun: bool) -> End {
        let begin = self.begin(Isolation::Statement);
        // Looked up with the locks of the rows otherwise.
        let find = match is_begun || self.finds_out_later(works) {
            true => None,
            false => self.answers.and_then(|answers| answers.find(works)),
        };
        let ready = ready(works);
        let mut requests = Vec::with_capacity(ready.len().saturating_add(2));
        if !is_begun {
            requests.push(self.batch(&begin));
        }
        requests.extend(find.iter().map(|find| self.planned_rows(find)));
        requests.extend(ready.iter().map(|(_, statement)| self.rows(statement)));
        let indices: Vec<_> = ready.iter().map(|(index, _)| *index).collect();
        let mut replies = send_all(requests, self.reply_limit).await.into_iter();
        if !is_begun && let Some(error) = replies.next().and_then(|reply| reply.error) {
            return fail_all(works, Failure::of(error, false));
        }
        if find.is_some() {
            match self.found(works, replies.next().unwrap_or_default()).await {
                Ok(false) => {}
                Ok(true) => {
                    self.roll_back().await;
                    return End::Replayed;
                }
                Err(end) => return end,
            }
        }
        let mut has_failed = false;
        for (index, reply) in indices.into_iter().zip(replies) {
            let Some(work) = works.get_mut(index) else {
                continue;
            };
            match reply.error.map(|error| Failure::of(error, false)) {
                None => work.state = State::Executed(reply.rows.into_iter().next()),
                Some(Failure::NotRun) => {}
                Some(Failure::Broken { .. }) => return End::Broken,
                Some(failure) => {
                    work.state = State::Failed(failure);
                    has_failed = true;
                }
            }
        }
        if has_failed {
            self.roll_back().await;
            return End::RolledBack;
        }
        self.store_and_commit(works).await
    }

    /// Whether answers of earlier requests are found by storing those of these writes. Most keys are new. A known one fails there, if its
    /// create did not fail before. Then the writes are carried out again with savepoints, and the answers are looked up first.
    ///
    /// A create that is alone is not carried out again with savepoints.
    fn finds_out_later(&self, works: &[Work]) -> bool {
        let is_new_row = |work: &Work| work.job.is_create() && matches!(work.state, State::Ready(_));
        !self.attempt.needs_transaction && works.len() > 1 && works.iter().all(is_new_row)
    }

    /// Looks the answers of earlier requests up, at the beginning of a transaction whose statements follow.
    pub(super) async fn find_first(&self, works: &mut [Work], begin: &str) -> Result<(), End> {
        let Some(find) = self.answers.and_then(|answers| answers.find(works)) else {
            return Ok(());
        };
        let requests = vec![self.batch(begin), self.planned_rows(&find)];
        let mut replies = send_all(requests, self.reply_limit).await.into_iter();
        if let Some(error) = replies.next().and_then(|reply| reply.error) {
            return Err(fail_all(works, Failure::of(error, false)));
        }
        self.found(works, replies.next().unwrap_or_default())
            .await
            .map(drop)
    }

    /// Answers the writes whose keys were found. Returns whether there is one.
    pub(super) async fn found(&self, works: &mut [Work], reply: Reply) -> Result<bool, End> {
        let failure = match reply.error.map(|error| Failure::of(error, false)) {
            // A statement before it failed, which says more.
            Some(Failure::NotRun) => return Ok(false),
            Some(failure) => failure,
            None => match StoredAnswers::answer(works, &reply.rows) {
                Ok(is_answered) => return Ok(is_answered),
                Err(error) => Failure::Fault(error),
            },
        };
        if let Failure::Broken { .. } = failure {
            return Err(End::Broken);
        }
        self.roll_back().await;
        Err(fail_all(works, failure))
    }

    /// Stores the answers of the writes, and commits.
    ///
    /// One statement stores all of them. If it fails, its keys are stored one by one in the next attempt, which has savepoints. So the
    /// write is found whose key another transaction has stored, or stores now.
    pub(super) async fn store_and_commit(&self, works: &mut [Work]) -> End {
        let is_keyed = |work: &Work| work.job.keyed().is_some();
        let groups: Vec<Vec<usize>> = match self.attempt.has_savepoints || works.len() == 1 {
            true => (0..works.len()).map(|index| vec![index]).collect(),
            false => vec![(0..works.len()).collect()],
        };
        let mut stores = Vec::new();
        for group in groups {
            let group_works = group
                .iter()
                .filter_map(|index| works.get(*index))
                .filter(|work| is_keyed(work));
            match self
                .answers
                .map_or(Ok(None), |answers| answers.store(group_works))
            {
                Ok(Some(statement)) => stores.push((group, statement)),
                Ok(None) => {}
                Err(error) => {
                    self.roll_back().await;
                    for work in works.iter_mut().filter(|work| is_keyed(work)) {
                        work.state = State::Answered(Err(error.clone()));
                    }
                    return End::RolledBack;
                }
            }
        }
        let patience = self.patience();
        let mut requests: Vec<_> = stores.iter().map(|(_, statement)| self.rows(statement)).collect();
        requests.push(self.batch(&patience));
        requests.push(self.batch(COMMIT));
        let mut replies = send_all(requests, self.reply_limit).await;
        let (commit, patience) = (replies.pop(), replies.pop());
        let [patience, commit] = [patience, commit].map(|reply| reply.and_then(|reply| reply.error));
        for ((group, _), reply) in stores.into_iter().zip(replies) {
            let failure = match reply.error.map(|error| Failure::of(error, false)) {
                None => continue,
                // The commit was sent behind it.
                Some(Failure::Broken { .. } | Failure::NotRun) => break,
                Some(Failure::Locked) => Failure::KeyLocked,
                Some(failure) if failure.is_unique_violation() => Failure::KeyTaken,
                Some(failure) => failure,
            };
            match group.as_slice() {
                [index] => {
                    if let Some(work) = works.get_mut(*index) {
                        work.state = State::Failed(failure);
                    }
                }
                // Carried out again with savepoints.
                _ => works
                    .iter_mut()
                    .filter(|work| is_keyed(work) && !work.is_replayed())
                    .for_each(|work| work.state = State::Unjudged),
            }
            return End::RolledBack;
        }
        end_of_commit(patience, commit, works)
    }
}
