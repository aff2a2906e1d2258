//! A transaction from before its first verb to its end.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::OwnedMutexGuard;

use super::table_locks::TableLocks;
use crate::error::{Error, TransactionError};
use crate::interface::erased::{
    ErasedInterface, SavepointCommand, Transaction, Transactions, is_same_storage,
};
use crate::interface::in_flight::Writes;
use crate::interface::stored_answer::{RequestIdentity, StoredAnswer};
use crate::interface::written::Replay;
use crate::time_limit::with_time_limit;

/// A transaction, which begins at its first verb. The first manager decides its storage.
///
/// The verbs take turns, as a transaction of a database is one connection. After the end, and after a verb whose future was
/// dropped, each verb is refused.
pub(crate) struct StorageTransaction {
    storage: OnceLock<Arc<dyn Transactions>>,
    /// The writes of the handle, among which the transaction is one.
    writes: Arc<Writes>,
    locks: TableLocks,
    turn: Arc<tokio::sync::Mutex<()>>,
    state: Mutex<State>,
    /// The transaction around these steps.
    around: Option<Around>,
}

/// The transaction around steps that are carried out together.
struct Around {
    transaction: Arc<StorageTransaction>,
    has_savepoint: AtomicBool,
    /// No other verb of the transaction comes between the steps.
    _turn: OwnedMutexGuard<()>,
}

enum State {
    NotBegun,
    Begun(Begun),
    Ended(TransactionError),
}

#[derive(Clone)]
struct Begun {
    transaction: Arc<dyn Transaction>,
    /// `None` for a limit beyond the range of the clock.
    deadline: Option<Instant>,
    limit: Duration,
}

impl Begun {
    fn check_time(&self) -> Result<(), TransactionError> {
        match self.deadline {
            Some(deadline) if deadline <= Instant::now() => {
                Err(TransactionError::TimeLimit { limit: self.limit })
            }
            _ => Ok(()),
        }
    }
}

impl StorageTransaction {
    /// `writes` are those of the handle.
    pub(crate) fn new(writes: Arc<Writes>, locks: TableLocks) -> Self {
        Self {
            storage: OnceLock::new(),
            writes,
            locks,
            turn: Arc::default(),
            state: Mutex::new(State::NotBegun),
            around: None,
        }
    }

    /// Steps inside of this transaction, of which an error can undo those behind a [savepoint](Self::set_savepoint) alone. They wait
    /// for the verbs before them, and those behind them wait until this is dropped.
    ///
    /// # Errors
    /// [`Error::Transaction`] if the transaction has ended.
    pub(crate) async fn begin_steps(self: &Arc<Self>) -> Result<Self, Error> {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        let begun = self.begun().await?;
        Ok(Self {
            storage: self.storage.clone(),
            writes: Arc::clone(&self.writes),
            locks: TableLocks::default(),
            turn: Arc::default(),
            state: Mutex::new(State::Begun(begun)),
            around: Some(Around {
                transaction: Arc::clone(self),
                has_savepoint: AtomicBool::new(false),
                _turn: turn,
            }),
        })
    }

    /// Sets the savepoint of steps. A transaction as a whole needs none.
    ///
    /// # Errors
    /// [`Error::Transaction`] if the transaction has ended.
    pub(crate) async fn set_savepoint(&self) -> Result<(), Error> {
        let Some(around) = &self.around else {
            return Ok(());
        };
        let _turn = self.turn.lock().await;
        let begun = self.begun().await?;
        let set = begun.transaction.savepoint(SavepointCommand::Set).await;
        self.ended_by(set)?;
        around.has_savepoint.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Ends the transaction if the result says that it can only be rolled back.
    fn ended_by<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(Error::Transaction(reason)) = &result {
            self.end(reason.clone());
        }
        result
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides the storage by the first manager.
    ///
    /// # Errors
    /// [`Error::Transaction`] for rows of another storage than those of the first manager, and for rows without transactions.
    pub(super) fn join(&self, outside: &dyn ErasedInterface) -> Result<(), TransactionError> {
        let manager = outside.description().name();
        let Some(storage) = outside.transactions() else {
            return Err(match outside.description().remote() {
                Some(_) => TransactionError::OtherService { manager },
                None => TransactionError::NoTransactions { manager },
            });
        };
        if is_same_storage(self.storage.get_or_init(|| Arc::clone(&storage)), &storage) {
            return Ok(());
        }
        Err(TransactionError::OtherStorage { manager })
    }

    /// Carries out a verb, after those before it. The first one begins the transaction.
    pub(super) async fn verb<T, F: Future<Output = Result<T, Error>> + Send>(
        &self,
        outside: &dyn ErasedInterface,
        verb: impl FnOnce(Arc<dyn ErasedInterface>) -> F,
    ) -> Result<T, Error> {
        let verb = |transaction: Arc<dyn Transaction>| transaction.interface(outside).map(verb);
        self.step(verb).await
    }

    /// Claims the idempotency key of a request, before the first verb. `outside` is the interface of the first manager. Returns what the
    /// key stands for already.
    ///
    /// # Errors
    /// As for [`rows`](Self::rows).
    pub(crate) async fn claim_key(
        &self,
        outside: &dyn ErasedInterface,
        request: RequestIdentity,
    ) -> Result<Option<Replay>, Error> {
        self.join(outside)?;
        self.step(|transaction| Ok(transaction.claim_key(request))).await
    }

    /// Stores the answer of the request whose key is claimed, at the commit.
    pub(crate) async fn store_answer(
        &self,
        request: RequestIdentity,
        answer: StoredAnswer,
    ) -> Result<(), Error> {
        self.step(|transaction| Ok(transaction.store_answer(request, answer)))
            .await
    }

    async fn step<T, F: Future<Output = Result<T, Error>> + Send>(
        &self,
        step: impl FnOnce(Arc<dyn Transaction>) -> Result<F, Error>,
    ) -> Result<T, Error> {
        let _turn = self.turn.lock().await;
        let begun = self.begun().await?;
        if let Err(late) = begun.check_time() {
            self.end(late.clone());
            return Err(late.into());
        }
        let step = step(Arc::clone(&begun.transaction))?;
        let running = RunningVerb(Some(self));
        let step = Box::pin(step);
        let result = match begun.deadline {
            None => Some(step.await),
            Some(deadline) => with_time_limit(deadline.saturating_duration_since(Instant::now()), step).await,
        };
        running.finish();
        let Some(result) = result else {
            let late = TransactionError::TimeLimit { limit: begun.limit };
            self.end(late.clone());
            return Err(late.into());
        };
        self.ended_by(result)
    }

    async fn begun(&self) -> Result<Begun, Error> {
        match &*self.state() {
            State::Begun(begun) => return Ok(begun.clone()),
            State::Ended(reason) => return Err(reason.clone().into()),
            State::NotBegun => {}
        }
        let Some(storage) = self.storage.get() else {
            // The storage was decided when the manager was made.
            return Err(TransactionError::Ended.into());
        };
        let limit = storage.time_limit().0;
        let begun = Arc::clone(storage).begin(self.writes.begin()?, self.locks.clone());
        let transaction = begun.await?;
        let begun = Begun {
            transaction,
            deadline: Instant::now().checked_add(limit),
            limit,
        };
        let mut state = self.state();
        // The closure may have ended meanwhile, while a task of its own still uses the handle.
        if let State::Ended(reason) = &*state {
            return Err(reason.clone().into());
        }
        *state = State::Begun(begun.clone());
        Ok(begun)
    }

    /// Refuses further verbs, unless they are refused already, and returns the transaction, which the caller ends.
    fn take(&self, reason: TransactionError) -> Result<Option<Begun>, TransactionError> {
        let mut state = self.state();
        if let State::Ended(reason) = &*state {
            return Err(reason.clone());
        }
        match std::mem::replace(&mut *state, State::Ended(reason)) {
            State::Begun(begun) => Ok(Some(begun)),
            State::NotBegun | State::Ended(_) => Ok(None),
        }
    }

    /// Rolls back, as soon as no verb is carried out any more, and refuses further verbs for this reason.
    ///
    /// Steps that have not ended end the transaction around them, too.
    pub(crate) fn end(&self, reason: TransactionError) {
        let is_open = self.take(reason.clone()).is_ok();
        if let Some(around) = self.around.as_ref().filter(|_| is_open) {
            around.transaction.end(reason);
        }
    }

    /// Commits. Without a verb there is nothing to commit. Steps are only kept for the commit of the transaction around them.
    ///
    /// # Errors
    /// [`Error::Transaction`] if the transaction can only be rolled back. The errors of the storage.
    pub(crate) async fn commit(&self) -> Result<(), Error> {
        let _turn = self.turn.lock().await;
        let Some(begun) = self.take(TransactionError::Ended)? else {
            return Ok(());
        };
        begun.check_time()?;
        match &self.around {
            Some(around) => {
                around
                    .end_savepoint(begun.transaction, SavepointCommand::Release)
                    .await
            }
            None => begun.transaction.commit().await,
        }
    }

    /// Rolls back, and returns when no other write has to wait for it. Of steps, those behind the savepoint are undone.
    pub(crate) async fn roll_back(&self) {
        if let Ok(Some(begun)) = self.take(TransactionError::Ended) {
            let _turn = self.turn.lock().await;
            match &self.around {
                Some(around) => drop(
                    around
                        .end_savepoint(begun.transaction, SavepointCommand::RollBack)
                        .await,
                ),
                None => begun.transaction.roll_back().await,
            }
        }
    }

    /// Whether the transaction was rolled back because of a conflict with another one, so that it may be carried out again.
    pub(crate) fn is_in_conflict(&self) -> bool {
        matches!(&*self.state(), State::Ended(TransactionError::Conflict { .. }))
    }
}

impl Around {
    /// Ends the savepoint, if there is one. If that fails, the transaction can only be rolled back.
    async fn end_savepoint(
        &self,
        transaction: Arc<dyn Transaction>,
        command: SavepointCommand,
    ) -> Result<(), Error> {
        if !self.has_savepoint.load(Ordering::Relaxed) {
            return Ok(());
        }
        let running = RunningVerb(Some(&self.transaction));
        let ended = transaction.savepoint(command).await;
        running.finish();
        self.transaction.ended_by(ended)
    }
}

/// A verb that is carried out. If it is dropped before it is ready, the transaction can only be rolled back.
struct RunningVerb<'t>(Option<&'t StorageTransaction>);

impl RunningVerb<'_> {
    fn finish(mut self) {
        self.0 = None;
    }
}

impl Drop for RunningVerb<'_> {
    fn drop(&mut self) {
        if let Some(transaction) = self.0 {
            transaction.end(TransactionError::Interrupted);
        }
    }
}
