//! An interactive transaction that has begun: its session, its savepoints, and what its commit sends.

use std::sync::Arc;
use std::time::Duration;

use super::super::super::connector::Connector;
use super::super::super::notification::SideEffects;
use super::super::super::purpose::Purpose;
use super::super::connection::Open;
use super::super::failure::{Failure, NO_CONNECTION};
use super::super::pipeline::send_all;
use super::super::requests::milliseconds;
use super::super::statement_cache::StatementCache;
use super::super::task::REPLY_GRACE;
use super::super::transaction::{Attempt, Isolation, Transaction};
use super::changes::Changes;
use super::pool::IdleSession;
use crate::error::Error;
use crate::manager::Description;

/// An interactive transaction that has begun.
pub(super) struct Running {
    pub(super) connector: Arc<Connector>,
    pub(super) open: Open,
    pub(super) statements: StatementCache,
    pub(super) verb_savepoint: Savepoint,
    pub(super) changes: Changes,
    /// The changes at the savepoint of steps.
    pub(super) saved: Option<Changes>,
    pub(super) side_effects: Option<Arc<SideEffects>>,
    /// The id of the transaction, once it has written.
    pub(super) id: Option<String>,
    /// The manager of the last write.
    pub(super) last_written: Option<&'static Description>,
    /// Whether the commit stores an answer under an idempotency key.
    pub(super) has_answer: bool,
}

/// The savepoint before a verb, to which a verb that fails is undone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Savepoint {
    None,
    /// That of an earlier verb, which the next one replaces.
    Earlier,
    /// That of the verb that is carried out.
    Current,
}

impl Savepoint {
    /// The statement that sets a savepoint for the next verb, unless it has one.
    pub(super) fn opening(self) -> Option<&'static str> {
        match self {
            Self::None => Some("SAVEPOINT gm_verb"),
            Self::Earlier => Some("RELEASE SAVEPOINT gm_verb;SAVEPOINT gm_verb"),
            Self::Current => None,
        }
    }
}

const UNDO: &str = "ROLLBACK TO SAVEPOINT gm_verb;RELEASE SAVEPOINT gm_verb";

/// How a verb has failed.
pub(super) enum VerbEnd {
    /// The verb is undone, and the transaction goes on.
    Undone(Error),
    /// The transaction is in conflict with another one, and is to be rolled back.
    Conflict,
    /// The connection broke, and nothing is written.
    Broken,
}

impl VerbEnd {
    /// The end of a verb whose request failed in a way that ends the transaction.
    pub(super) fn of(failure: &Failure) -> Option<Self> {
        match failure {
            Failure::Contended => Some(Self::Conflict),
            Failure::Broken { .. } | Failure::NotRun => Some(Self::Broken),
            _ => None,
        }
    }

    pub(super) const BROKEN: Error = NO_CONNECTION;
}

impl Running {
    pub(super) fn new(connector: &Arc<Connector>, IdleSession { open, statements }: IdleSession) -> Self {
        Self {
            connector: Arc::clone(connector),
            open,
            statements,
            verb_savepoint: Savepoint::None,
            changes: Changes::default(),
            saved: None,
            side_effects: None,
            id: None,
            last_written: None,
            has_answer: false,
        }
    }

    pub(super) fn busy_timeout(&self) -> Duration {
        self.connector.settings().busy_timeout
    }

    pub(super) fn write_time(&self) -> Duration {
        self.connector.read_time()
    }

    /// The requests of the transaction.
    pub(super) fn requests<'o>(&self, open: &'o Open) -> Transaction<'o> {
        let (write_time, busy_timeout) = (self.write_time(), self.busy_timeout());
        Transaction {
            session: &open.session,
            prepared: &open.prepared,
            attempt: Attempt {
                has_savepoints: true,
                skips_locked: false,
                needs_transaction: true,
                lock_timeout: busy_timeout,
            },
            statement_timeout: write_time,
            reply_limit: write_time
                .saturating_add(busy_timeout)
                .saturating_add(REPLY_GRACE),
            commit_lock_timeout: busy_timeout,
            answers: None,
        }
    }

    /// Begins, and executes further statements in the same trip.
    pub(super) async fn begin_and(&self, further: &str) -> Result<(), Failure> {
        let requests = self.requests(&self.open);
        let idle_time = self.connector.idle_time(Purpose::Transactions);
        let begin = format!(
            "{};SET LOCAL idle_in_transaction_session_timeout={}",
            requests.begin(Isolation::Serializable),
            milliseconds(idle_time)
        );
        self.execute_all(&[&begin, further]).await
    }

    /// Executes statements that are no part of a verb.
    pub(super) async fn execute_between_verbs(&self, text: &str) -> Result<(), Failure> {
        self.execute_all(&[text]).await
    }

    async fn execute_all(&self, texts: &[&str]) -> Result<(), Failure> {
        let requests = self.requests(&self.open);
        let texts = texts.iter().filter(|text| !text.is_empty());
        let sent = texts.map(|text| requests.batch(text)).collect();
        let replies = send_all(sent, requests.reply_limit).await;
        match replies.into_iter().find_map(|reply| reply.error) {
            None => Ok(()),
            Some(error) => Err(Failure::of(error, false)),
        }
    }

    /// Undoes the verb that is carried out.
    pub(super) async fn undo(&mut self) -> Result<(), VerbEnd> {
        if self.verb_savepoint != Savepoint::Current {
            return Ok(());
        }
        let open = self.open.clone();
        let requests = self.requests(&open);
        let replies = send_all(vec![requests.batch(UNDO)], requests.reply_limit).await;
        if replies.iter().any(|reply| reply.error.is_some()) {
            return Err(VerbEnd::Broken);
        }
        self.verb_savepoint = Savepoint::None;
        Ok(())
    }

    pub(super) async fn roll_back(&self) {
        self.requests(&self.open).roll_back().await;
    }

    /// Ends the connection, and so the transaction.
    pub(super) fn discard(&self) {
        self.open.session.discard();
    }

    /// Forgets the prepared statements, which the server does not accept any more.
    pub(super) fn forget_statements(&mut self) {
        self.open.prepared = Arc::default();
        self.open.session.forget_statements();
    }

    /// The session, whose transaction has ended.
    pub(super) fn into_session(self) -> IdleSession {
        IdleSession {
            open: self.open,
            statements: self.statements,
        }
    }
}
