//! The connections of interactive transactions.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::super::super::background::Background;
use super::super::super::connector::Connector;
use super::super::connection::Open;
use super::super::statement_cache::StatementCache;
use super::super::stored_answers::StoredAnswers;
use crate::interface::TransactionTimeLimit;

/// The connections of interactive transactions, each of which carries out one transaction at a time. They are opened when they are
/// needed.
pub(in crate::interface::postgres) struct InteractivePool {
    connector: Arc<Connector>,
    /// The runtime of the transactions' tasks.
    runtime: Handle,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<IdleSession>>,
    answers: StoredAnswers,
    /// The tables of which a lock was refused.
    unlockable: Mutex<BTreeSet<&'static str>>,
}

/// A session without a transaction.
pub(super) struct IdleSession {
    pub(super) open: Open,
    pub(super) statements: StatementCache,
}

impl InteractivePool {
    pub(in crate::interface::postgres) fn new(connector: Arc<Connector>, background: &Background) -> Self {
        let settings = connector.settings();
        let (connections, answers) = (
            settings.transactions.get(),
            StoredAnswers::new(settings.retention),
        );
        Self {
            answers,
            connector,
            runtime: background.runtime(),
            permits: Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS))),
            idle: Mutex::default(),
            unlockable: Mutex::default(),
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<IdleSession>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn connector(&self) -> &Arc<Connector> {
        &self.connector
    }

    pub(super) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    pub(super) fn permits(&self) -> &Arc<Semaphore> {
        &self.permits
    }

    pub(super) fn answers(&self) -> &StoredAnswers {
        &self.answers
    }

    /// The time limit of a transaction.
    pub(in crate::interface::postgres) fn time_limit(&self) -> TransactionTimeLimit {
        self.connector.settings().transaction_time
    }

    /// A session that is open, if there is one.
    pub(super) fn take(&self) -> Option<IdleSession> {
        let mut idle = self.idle();
        std::iter::from_fn(|| idle.pop()).find(|session| !session.open.session.is_closed())
    }

    /// Keeps a session whose transaction has ended.
    pub(super) fn put_back(&self, session: IdleSession) {
        if !session.open.session.is_closed() {
            self.idle().push(session);
        }
    }

    fn unlockable(&self) -> MutexGuard<'_, BTreeSet<&'static str>> {
        self.unlockable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tables without those of which a lock was refused.
    pub(super) fn lockable(&self, tables: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
        let unlockable = self.unlockable();
        tables.filter(|table| !unlockable.contains(table)).collect()
    }

    /// Does not lock the table any more.
    pub(super) fn leave_unlocked(&self, table: &'static str) {
        self.unlockable().insert(table);
    }

    /// Closes the idle connections.
    pub(in crate::interface::postgres) fn close(&self) {
        for session in self.idle().drain(..) {
            session.open.session.discard();
        }
    }
}
