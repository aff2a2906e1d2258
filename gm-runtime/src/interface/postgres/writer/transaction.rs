//! Carries out a batch of writes in one transaction, pipelined.
//!
//! `docs/design/postgres.md`, section Writes, describes the trips.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::TryStreamExt as _;

use super::super::notification::SideEffects;
use super::super::session::Session;
use super::super::statement::Statement;
use super::failure::Failure;
use super::pipeline::{Reply, Request, RequestError, send_all};
use super::prepared::PreparedStatements;
use super::statement_cache::StatementCache;
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

/// How a transaction ended.
pub(super) enum End {
    /// The executed writes are committed.
    Committed,
    /// Nothing is written. The states of the writes say why.
    RolledBack,
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
}

const COMMIT: &str = "COMMIT";
const NEXT_SAVEPOINT: &str = "RELEASE SAVEPOINT gm_write;SAVEPOINT gm_write";
const FIRST_SAVEPOINT: &str = "SAVEPOINT gm_write";
const UNDO: &str = "ROLLBACK TO SAVEPOINT gm_write;RELEASE SAVEPOINT gm_write";

impl Transaction<'_> {
    pub(super) async fn carry_out(&self, works: &mut [Work], statements: &mut StatementCache) -> End {
        let locks_rows = works.iter().any(Work::needs_lock);
        for work in works.iter_mut() {
            if work.job.is_create() || !locks_rows {
                work.prepare(statements);
            }
        }
        if locks_rows && let Some(end) = self.lock_rows(works, statements).await {
            return end;
        }
        if ready(works).is_empty() {
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
        let begin = self.begin();
        let rows = locks.iter().map(|(_, statement)| self.rows(statement));
        let requests = std::iter::once(self.batch(&begin)).chain(rows).collect();
        let mut replies = send_all(requests, self.reply_limit).await.into_iter();
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
        for (index, row) in stored {
            let Some(work) = works.get_mut(index) else {
                continue;
            };
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
    async fn execute_and_commit(&self, works: &mut [Work], is_begun: bool) -> End {
        let ready = ready(works);
        // The server runs one statement in a transaction of its own.
        let is_alone =
            !is_begun && ready.len() == 1 && !self.attempt.needs_transaction && !self.session.is_pooled();
        let (begin, patience) = (self.begin(), self.patience());
        let mut requests = Vec::with_capacity(ready.len().saturating_add(3));
        let has_begin = !is_begun && !is_alone;
        if has_begin {
            requests.push(self.batch(&begin));
        }
        requests.extend(ready.iter().map(|(_, statement)| self.rows(statement)));
        if !is_alone {
            // Two messages: a failed transaction refuses the first, and rolls back at the second.
            requests.push(self.batch(&patience));
            requests.push(self.batch(COMMIT));
        }
        let mut replies = send_all(requests, self.reply_limit).await;
        let commit = if is_alone { None } else { replies.pop() };
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
                Some(Failure::Broken { is_refused: true }) => return End::Broken,
                Some(Failure::Broken { is_refused: false }) => {
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
        if has_failed {
            // The server answered the commit by a rollback.
            return End::RolledBack;
        }
        match commit.and_then(|reply| reply.error) {
            None => End::Committed,
            Some(error) => commit_failed(error, works),
        }
    }

    /// Executes the statements, looks at their results, and commits then.
    async fn execute_then_commit(
        &self,
        works: &mut [Work],
        statements: &mut StatementCache,
        is_begun: bool,
        side_effects: Option<&SideEffects>,
    ) -> End {
        let begin = self.begin();
        let mut opening: Vec<&str> = Vec::new();
        if !is_begun {
            opening.push(&begin);
        }
        opening.extend(side_effects.map(SideEffects::before));
        opening.push(FIRST_SAVEPOINT);
        let mut has_failed = false;
        loop {
            let ready = ready(works);
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
                        work.state = State::Failed(failure);
                        has_failed = true;
                    }
                }
            }
            if !has_failed {
                break;
            }
            opening = vec![UNDO, FIRST_SAVEPOINT];
        }
        if !works.iter().any(|work| matches!(work.state, State::Executed(_))) {
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
                failure => End::CommitFailed(failure),
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

    async fn commit(&self, works: &[Work]) -> End {
        let patience = self.patience();
        let requests = vec![self.batch(&patience), self.batch(COMMIT)];
        let replies = send_all(requests, self.reply_limit).await;
        match replies.into_iter().find_map(|reply| reply.error) {
            None => End::Committed,
            Some(error) => commit_failed(error, works),
        }
    }

    fn patience(&self) -> String {
        format!(
            "SET LOCAL lock_timeout={}",
            milliseconds(self.commit_lock_timeout)
        )
    }

    async fn roll_back(&self) {
        let replies = send_all(vec![self.batch("ROLLBACK")], self.reply_limit).await;
        if replies.iter().any(|reply| reply.error.is_some()) {
            // The locks must not outlast the transaction.
            self.session.discard();
        }
    }

    fn begin(&self) -> String {
        let mut text = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED;SET LOCAL lock_timeout={}",
            milliseconds(self.attempt.lock_timeout)
        );
        if self.session.is_pooled() {
            text.push_str(&format!(
                ";SET LOCAL statement_timeout={}",
                milliseconds(self.statement_timeout)
            ));
        }
        text
    }

    fn batch<'r>(&'r self, text: &'r str) -> Request<'r> {
        Box::pin(async move {
            Reply {
                rows: Vec::new(),
                error: self.session.batch(text).await.err().map(RequestError::Postgres),
            }
        })
    }

    fn rows<'r>(&'r self, statement: &'r Statement) -> Request<'r> {
        Box::pin(async move {
            let mut reply = Reply::default();
            let read = async {
                let stream = match self.prepared.get(statement) {
                    Some(prepared) if !self.session.is_pooled() => {
                        self.session
                            .query_prepared(&prepared, &statement.parameters)
                            .await?
                    }
                    _ => self.session.query_unnamed(statement).await?,
                };
                let mut rows = std::pin::pin!(stream);
                // To the end, since the server reports a failed commit last.
                while let Some(row) = rows.try_next().await? {
                    reply.rows.push(row);
                }
                Ok(())
            };
            reply.error = read.await.err().map(RequestError::Postgres);
            reply
        })
    }
}

/// As the server's settings have it. 0 would mean no limit.
fn milliseconds(time: Duration) -> u128 {
    time.as_millis().clamp(1, i32::MAX.unsigned_abs().into())
}

/// The writes whose statement is to be sent.
fn ready(works: &[Work]) -> Vec<(usize, &Statement)> {
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
fn fail_all(works: &mut [Work], failure: Failure) -> End {
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

/// The end of a transaction whose commit has this error.
fn commit_failed(error: RequestError, works: &[Work]) -> End {
    match Failure::of(error, true) {
        Failure::Broken { .. } => End::Unknown {
            transaction: transaction_of(works),
        },
        failure => End::CommitFailed(failure),
    }
}
