//! Carries out a batch of writes in one transaction, pipelined.
//!
//! `docs/design/postgres.md`, section Writes, describes the trips.

use std::time::Duration;

use super::super::session::Session;
use super::super::statement::Statement;
use super::failure::Failure;
use super::pipeline::{RequestError, send_all};
use super::prepared::PreparedStatements;
use super::statement_cache::StatementCache;
use super::stored_answers::StoredAnswers;
use super::work::{State, Work};

/// How a batch is carried out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    /// Whether each write has a savepoint, so that one that fails is undone alone.
    pub(super) has_savepoints: bool,
    /// Whether locked rows are left out instead of waiting for them.
    pub(super) skips_locked: bool,
    /// Whether a single statement is in a transaction with these settings. Else it is one of its own.
    pub(super) needs_transaction: bool,
    /// How long a statement waits for a lock.
    pub(super) lock_timeout: Duration,
}

/// What sees one state of the rows.
#[derive(Clone, Copy, Debug)]
pub(super) enum Isolation {
    /// Each statement. A row that was read with a lock stays the same.
    Statement,
    /// The whole transaction. A write of a row that has changed since it was read fails.
    Transaction,
    /// The whole transaction, which has the effect of being carried out before or after each other one of this kind.
    Serializable,
}

/// How a transaction ended.
pub(super) enum End {
    /// The executed writes are committed.
    Committed,
    /// Nothing is written. The states of the writes say why.
    RolledBack,
    /// Some answers were stored already, and nothing is written.
    Replayed,
    /// Another transaction has locked the table of the writes, and nothing is written.
    TableLocked,
    /// A constraint or a trigger that is deferred to the end failed, and nothing is written. The server does not say which write it
    /// is about.
    Violated(Failure),
    /// The commit failed, and nothing is written. The server does not say which write it is about.
    CommitFailed(Failure),
    /// The connection broke, and nothing is written.
    Broken,
    /// The connection broke while the server may have committed. The id of the transaction is known if a write's reply came.
    Unknown { transaction: Option<String> },
}

/// A transaction of a batch.
pub(super) struct Transaction<'s> {
    pub(super) session: &'s Session,
    pub(super) prepared: &'s PreparedStatements,
    pub(super) attempt: Attempt,
    /// The time limit of a statement in the server.
    pub(super) statement_timeout: Duration,
    /// How long a reply is awaited. The server ends a statement before that, if it is alive.
    pub(super) reply_limit: Duration,
    /// How long the commit waits for a lock: commits with notifications are carried out one after the other in the whole server.
    pub(super) commit_lock_timeout: Duration,
    /// `None` for a transaction of the application, whose writes have no idempotency keys.
    pub(super) answers: Option<&'s StoredAnswers>,
}

pub(super) const COMMIT: &str = "COMMIT";

impl Transaction<'_> {
    pub(super) async fn carry_out(&self, works: &mut [Work], statements: &mut StatementCache) -> End {
        let locks_rows = works.iter().any(Work::needs_lock);
        for work in works.iter_mut() {
            if work.job.is_create() || work.job.only_answer || !locks_rows {
                work.prepare(statements);
            }
        }
        if locks_rows && let Some(end) = self.lock_rows(works, statements).await {
            return end;
        }
        let is_keyed = works.iter().any(|work| work.job.keyed().is_some());
        if ready(works).is_empty() && !is_keyed {
            if locks_rows {
                self.roll_back().await;
            }
            return End::Committed;
        }
        let side_effects = ready(works)
            .into_iter()
            .find_map(|(index, _)| works.get(index)?.side_effects());
        if self.attempt.has_savepoints || side_effects.is_some() {
            self.execute_then_commit(works, statements, locks_rows, side_effects.as_deref())
                .await
        } else if is_keyed {
            self.execute_and_store(works, locks_rows).await
        } else {
            self.execute_and_commit(works, locks_rows).await
        }
    }

    /// The first trip: reads and locks the stored rows, and judges the writes with them. Returns the end of a transaction that
    /// failed.
    async fn lock_rows(&self, works: &mut [Work], statements: &mut StatementCache) -> Option<End> {
        let mut locks = Vec::new();
        for (index, work) in works.iter_mut().enumerate() {
            if matches!(work.state, State::Unjudged)
                && let Some(statement) = work.lock(statements, self.attempt.skips_locked)
            {
                locks.push((index, statement));
            }
        }
        // The rows of a view that computes them can't be locked.
        let locks_all = works
            .iter()
            .filter(|work| work.needs_lock())
            .all(|work| statements.of(&work.job.table).locks_rows());
        let begin = self.begin(match locks_all {
            true => Isolation::Statement,
            false => Isolation::Transaction,
        });
        let rows = locks.iter().map(|(_, statement)| self.rows(statement));
        let find = self.answers.and_then(|answers| answers.find(works));
        let requests = std::iter::once(self.batch(&begin)).chain(rows);
        // Behind the locks: an earlier request with the key holds that of the row until its answer is stored.
        let requests = requests.chain(find.iter().map(|find| self.planned_rows(find)));
        let mut replies = send_all(requests.collect(), self.reply_limit).await;
        let found = find.is_some().then(|| replies.pop()).flatten();
        let mut replies = replies.into_iter();
        if let Some(error) = replies.next().and_then(|reply| reply.error) {
            return Some(fail_all(works, Failure::of(error, false)));
        }
        let mut stored = Vec::with_capacity(locks.len());
        for ((index, _), reply) in locks.into_iter().zip(replies) {
            match reply.error.map(|error| Failure::of(error, false)) {
                None => stored.push((index, reply.rows.into_iter().next())),
                Some(Failure::NotRun) => {}
                Some(Failure::Broken { .. }) => return Some(End::Broken),
                Some(failure) => {
                    if let Some(work) = works.get_mut(index) {
                        work.state = State::Failed(failure);
                    }
                    self.roll_back().await;
                    return Some(End::RolledBack);
                }
            }
        }
        if let Some(found) = found
            && let Err(end) = self.found(works, found).await
        {
            return Some(end);
        }
        for (index, row) in stored {
            let Some(work) = works.get_mut(index) else {
                continue;
            };
            if matches!(work.state, State::Answered(_)) {
                continue;
            }
            if row.is_none() && self.attempt.skips_locked {
                // The row is locked, or there is none. The attempt that waits for the lock tells.
                work.state = State::Failed(Failure::Locked);
            } else {
                work.judge(row.as_ref(), statements);
            }
        }
        None
    }

    /// The last trip: all statements and the commit, together.
    ///
    /// A pooler answers in the name of a server that it lost, also if the server commits. So it begins the transaction in a trip of
    /// its own: if that fails, nothing was sent behind it.
    async fn execute_and_commit(&self, works: &mut [Work], mut is_begun: bool) -> End {
        if self.session.is_pooled() && !is_begun {
            let begin = self.begin(Isolation::Statement);
            let replies = send_all(vec![self.batch(&begin)], self.reply_limit).await;
            if let Some(error) = replies.into_iter().find_map(|reply| reply.error) {
                return fail_all(works, Failure::of(error, false));
            }
            is_begun = true;
        }
        if self.session.is_closed() {
            // Nothing is sent, so the outcome is known.
            return End::Broken;
        }
        let ready = ready(works);
        // The server runs one statement in a transaction of its own.
        let is_alone =
            !is_begun && ready.len() == 1 && !self.attempt.needs_transaction && !self.session.is_pooled();
        let (begin, patient) = (self.begin(Isolation::Statement), self.patience());
        let mut requests = Vec::with_capacity(ready.len().saturating_add(3));
        let has_begin = !is_begun && !is_alone;
        if has_begin {
            requests.push(self.batch(&begin));
        }
        requests.extend(ready.iter().map(|(_, statement)| self.rows(statement)));
        if !is_alone {
            // Two messages: a failed transaction refuses the first, and rolls back at the second.
            requests.push(self.batch(&patient));
            requests.push(self.batch(COMMIT));
        }
        let mut replies = send_all(requests, self.reply_limit).await;
        let (commit, patience) = match is_alone {
            true => (None, None),
            false => (replies.pop(), replies.pop()),
        };
        let mut replies = replies.into_iter();
        let begin_error = match has_begin {
            true => replies.next().and_then(|reply| reply.error),
            false => None,
        };
        let indices: Vec<_> = ready.into_iter().map(|(index, _)| index).collect();
        if let Some(error) = begin_error {
            return match Failure::of(error, false) {
                Failure::Broken { is_refused: false } => End::Unknown { transaction: None },
                failure => fail_all(works, failure),
            };
        }
        let mut has_failed = false;
        for (index, reply) in indices.into_iter().zip(replies) {
            let Some(work) = works.get_mut(index) else {
                continue;
            };
            let has_row = !reply.rows.is_empty();
            match reply.error.map(|error| Failure::of(error, has_row)) {
                None => work.state = State::Executed(reply.rows.into_iter().next()),
                Some(Failure::NotRun) => {}
                Some(Failure::Broken { is_refused: true }) if !self.session.is_pooled() => {
                    return End::Broken;
                }
                Some(Failure::Broken { .. }) => {
                    return End::Unknown {
                        transaction: transaction_of(works),
                    };
                }
                // The statement was executed, so the failure is that of its commit.
                Some(failure) if has_row => return End::CommitFailed(failure),
                Some(failure) => {
                    work.state = State::Failed(failure);
                    has_failed = true;
                }
            }
        }
        if is_alone && has_failed {
            return End::RolledBack;
        }
        let [patience, commit] = [patience, commit].map(|reply| reply.and_then(|reply| reply.error));
        end_of_commit(patience, commit, works)
    }
}

/// The writes whose statement is to be sent.
pub(super) fn ready(works: &[Work]) -> Vec<(usize, &Statement)> {
    let works = works.iter().enumerate();
    works
        .filter_map(|(index, work)| match &work.state {
            State::Ready(statement) => Some((index, statement)),
            _ => None,
        })
        .collect()
}

/// The id of the transaction, from a row of one of its writes.
fn transaction_of(works: &[Work]) -> Option<String> {
    works.iter().find_map(Work::transaction)
}

/// The end of a transaction that failed before its first write.
pub(super) fn fail_all(works: &mut [Work], failure: Failure) -> End {
    if let Failure::Broken { .. } = failure {
        return End::Broken;
    }
    let mut failure = Some(failure);
    for work in works {
        if !matches!(work.state, State::Answered(_)) {
            // The first of them has the error, and the others are carried out again.
            work.state = failure.take().map_or(State::Unjudged, State::Failed);
        }
    }
    End::RolledBack
}

/// The end of a transaction with these errors of [`patience`](Transaction::patience) and of the commit.
///
/// The server answers success to the commit of a failed transaction, too. So any error of the former means that nothing is written.
pub(super) fn end_of_commit(
    patience: Option<RequestError>,
    commit: Option<RequestError>,
    works: &[Work],
) -> End {
    let is_failed = patience.is_some();
    match patience.or(commit).map(|error| Failure::of(error, true)) {
        None => End::Committed,
        Some(Failure::Broken { .. }) => End::Unknown {
            transaction: transaction_of(works),
        },
        Some(Failure::NotRun) => End::RolledBack,
        Some(failure) if is_failed => End::Violated(failure),
        Some(failure) => End::CommitFailed(failure),
    }
}
