//! Transactions whose commit waits until the results were looked at.

use std::collections::BTreeMap;

use super::super::notification::SideEffects;
use super::failure::Failure;
use super::pipeline::send_all;
use super::statement_cache::StatementCache;
use super::transaction::{COMMIT, End, Isolation, Transaction, end_of_commit, fail_all, ready};
use super::waiting::LOCK_TIMEOUT;
use super::work::{State, Work};

const FIRST_SAVEPOINT: &str = "SAVEPOINT gm_write";
const NEXT_SAVEPOINT: &str = "RELEASE SAVEPOINT gm_write;SAVEPOINT gm_write";
const UNDO: &str = "ROLLBACK TO SAVEPOINT gm_write;RELEASE SAVEPOINT gm_write";

/// The most statements in the trip after one in which a statement failed. The server skips what follows a failed statement, so a trip
/// with all the rest would send each statement once for every failure before it. The number doubles with each trip without a failure.
const AFTER_FAILURE: usize = 32;

impl Transaction<'_> {
    /// Executes the statements, looks at their results, and commits then.
    pub(super) async fn execute_then_commit(
        &self,
        works: &mut [Work],
        statements: &mut StatementCache,
        is_begun: bool,
        side_effects: Option<&SideEffects>,
    ) -> End {
        let begin = self.begin(Isolation::Statement);
        let is_keyed = works.iter().any(|work| work.job.keyed().is_some());
        let mut opening: Vec<&str> = Vec::new();
        if !is_begun && is_keyed {
            if let Err(end) = self.find_first(works, &begin).await {
                return end;
            }
        } else if !is_begun {
            opening.push(&begin);
        }
        opening.extend(side_effects.map(SideEffects::before));
        opening.push(FIRST_SAVEPOINT);
        let (mut has_failed, mut locked) = (false, Vec::new());
        let mut most = usize::MAX;
        loop {
            let mut ready = ready(works);
            ready.truncate(most);
            if ready.is_empty() {
                break;
            }
            let mut requests: Vec<_> = opening.iter().map(|text| self.batch(text)).collect();
            let opening_length = requests.len();
            for (number, (_, statement)) in ready.iter().enumerate() {
                if number > 0 {
                    requests.push(self.batch(NEXT_SAVEPOINT));
                }
                requests.push(self.rows(statement));
            }
            let mut replies = send_all(requests, self.reply_limit).await.into_iter();
            for reply in replies.by_ref().take(opening_length) {
                if let Some(error) = reply.error {
                    self.roll_back().await;
                    return fail_all(works, Failure::of(error, false));
                }
            }
            let indices: Vec<_> = ready.into_iter().map(|(index, _)| index).collect();
            has_failed = false;
            for (reply, index) in replies.step_by(2).zip(indices) {
                let Some(work) = works.get_mut(index) else {
                    continue;
                };
                match reply.error.map(|error| Failure::of(error, false)) {
                    None => work.state = State::Executed(reply.rows.into_iter().next()),
                    Some(Failure::NotRun) => {}
                    Some(Failure::Broken { .. }) => return End::Broken,
                    Some(failure) => {
                        if let Failure::Locked = failure {
                            locked.push(work.job.table.name());
                        }
                        work.state = State::Failed(failure);
                        has_failed = true;
                    }
                }
            }
            if !has_failed {
                most = most.saturating_mul(2);
                opening = vec![NEXT_SAVEPOINT];
                continue;
            }
            most = AFTER_FAILURE;
            // The other writes of a locked table would each wait, too. They are carried out later.
            let waits = u32::try_from(locked.len()).unwrap_or(u32::MAX);
            if self.attempt.lock_timeout.saturating_mul(waits) >= LOCK_TIMEOUT {
                for work in works.iter_mut() {
                    if matches!(work.state, State::Ready(_)) && locked.contains(&work.job.table.name()) {
                        work.state = State::Unjudged;
                    }
                }
            }
            opening = vec![UNDO, FIRST_SAVEPOINT];
        }
        let is_to_commit = |work: &Work| {
            matches!(work.state, State::Executed(_)) || (is_keyed && work.stored_answer().is_some())
        };
        if !works.iter().any(is_to_commit) {
            self.roll_back().await;
            return End::Committed;
        }
        if has_failed {
            // The last of the writes failed.
            let undone = send_all(vec![self.batch(UNDO)], self.reply_limit).await;
            if undone.iter().any(|reply| reply.error.is_some()) {
                self.session.discard();
                return End::Broken;
            }
        }
        let Some(side_effects) = side_effects else {
            return self.commit(works).await;
        };
        if let Err(end) = self.read_again(works, statements).await {
            return end;
        }
        let mut written = BTreeMap::<u32, u64>::new();
        for work in works.iter().filter(|work| work.has_written()) {
            if let Some(table) = work.job.table.relation().oid() {
                let rows = written.entry(table).or_default();
                *rows = rows.saturating_add(1);
            }
        }
        let after = side_effects.after(written);
        let replies = send_all(vec![self.batch(&after)], self.reply_limit).await;
        if let Some(error) = replies.into_iter().next().and_then(|reply| reply.error) {
            // A constraint or a trigger that is deferred to the commit.
            self.roll_back().await;
            return match Failure::of(error, false) {
                Failure::Broken { .. } => End::Broken,
                failure => End::Violated(failure),
            };
        }
        self.commit(works).await
    }

    /// Reads the written rows again, since a trigger may have changed them, and judges them.
    async fn read_again(&self, works: &mut [Work], statements: &mut StatementCache) -> Result<(), End> {
        let mut reads = Vec::new();
        for (index, work) in works.iter().enumerate() {
            if let Some(statement) = work.read_again(statements) {
                reads.push((index, statement));
            }
        }
        let requests = reads.iter().map(|(_, statement)| self.rows(statement)).collect();
        let replies = send_all(requests, self.reply_limit).await;
        let mut is_refused = false;
        for ((index, _), reply) in reads.into_iter().zip(replies) {
            let Some(work) = works.get_mut(index) else {
                continue;
            };
            if let Some(error) = reply.error {
                self.roll_back().await;
                return Err(fail_all(works, Failure::of(error, false)));
            }
            let Some(row) = reply.rows.into_iter().next() else {
                work.state = State::Gone;
                continue;
            };
            match work.judge_stored(&row) {
                Ok(()) => work.state = State::Executed(Some(row)),
                Err(error) => {
                    work.state = State::Answered(Err(error));
                    is_refused = true;
                }
            }
        }
        if is_refused {
            self.roll_back().await;
            return Err(End::RolledBack);
        }
        Ok(())
    }

    async fn commit(&self, works: &mut [Work]) -> End {
        if works.iter().any(|work| work.job.keyed().is_some()) {
            return self.store_and_commit(works).await;
        }
        let patience = self.patience();
        let requests = vec![self.batch(&patience), self.batch(COMMIT)];
        let mut replies = send_all(requests, self.reply_limit).await.into_iter();
        let mut error = || replies.next().and_then(|reply| reply.error);
        end_of_commit(error(), error(), works)
    }
}
