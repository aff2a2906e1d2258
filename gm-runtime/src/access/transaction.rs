//! Transactions: managers inside of one, and its attempts.

use std::any::TypeId;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_timer::Delay;

use super::cascade_scope::changed_by_deletions;
use super::open_transaction::{EndOnDrop, OpenTransaction};
use super::{JudgementLimits, Managed, RelatedManagers};
use crate::backoff::with_jitter;
use crate::error::{Error, TransactionError};
use crate::interface::{TableLocks, Writes};
use crate::manager::Description;

/// How often a transaction is carried out, as long as it is in conflict with others.
const ATTEMPTS: u32 = 6;

/// How many attempts others may write into. Behind them, deletions exclude other writes, so that they make progress.
const ATTEMPTS_AMONG_OTHERS: u32 = 2;

/// The delay before the first repetition, which doubles for each further one.
const FIRST_DELAY: Duration = Duration::from_millis(2);

impl Managed {
    /// This manager inside of a transaction, with the same rules in front of it.
    ///
    /// # Errors
    /// [`Error::Transaction`] for rows that can't be a part of the transaction.
    pub(crate) fn within(&self, transaction: &Arc<OpenTransaction>) -> Result<Self, Error> {
        let rows = transaction.storage.rows(&self.interface)?;
        let (topic, writes) = (Arc::clone(self.topic()), Arc::clone(&transaction.writes));
        let limits: JudgementLimits = self.limits;
        let managed = Self::new(rows, topic, writes, limits);
        if let Some(outside) = self.related.get() {
            managed.set_related(Arc::new(WithinTransaction {
                outside: Arc::clone(outside),
                transaction: Arc::clone(transaction),
            }));
        }
        Ok(managed.inside(Arc::clone(transaction), self))
    }

    /// Carries out several steps of a write, all or none of them: in a transaction of their own, or in the one that the manager is
    /// inside of. An error undoes the steps behind their [savepoint](Self::set_savepoint) alone, and that transaction goes on. `run`
    /// gets the manager inside.
    ///
    /// In a transaction of their own, the steps of a deletion make progress whatever others write meanwhile.
    pub(super) async fn in_steps<T, F: Future<Output = Result<T, Error>>>(
        &self,
        run: impl Fn(Self) -> F,
    ) -> Result<T, Error> {
        let run = |open: Arc<OpenTransaction>| {
            let inside = self.within(&open).map(&run);
            async move { inside?.await }
        };
        let Some(transaction) = &self.transaction else {
            let deleted = || changed_by_deletions([self]);
            return in_transaction(&self.writes, deleted, run).await;
        };
        let steps = Arc::new(transaction.begin_steps().await?);
        let _end = EndOnDrop {
            transaction: &steps,
            reason: TransactionError::Interrupted,
        };
        let result = run(Arc::clone(&steps)).await;
        match &result {
            Ok(_) => steps.end_steps(transaction).await?,
            Err(_) => steps.roll_back().await,
        }
        result
    }

    /// Sets the savepoint of steps inside of a transaction. Steps before it write nothing. Steps in a transaction of their own need
    /// none.
    pub(super) async fn set_savepoint(&self) -> Result<(), Error> {
        match &self.transaction {
            Some(transaction) => transaction.storage.set_savepoint().await,
            None => Ok(()),
        }
    }
}

/// The managers inside of a transaction, for lookups through references.
struct WithinTransaction {
    outside: Arc<dyn RelatedManagers>,
    transaction: Arc<OpenTransaction>,
}

impl RelatedManagers for WithinTransaction {
    fn manager(&self, manager: TypeId, description: &'static Description) -> Result<Arc<Managed>, Error> {
        let outside = self.outside.manager(manager, description)?;
        outside.within(&self.transaction).map(Arc::new)
    }
}

/// Carries out a transaction, and commits it if the result is `Ok`. After a conflict with another one it is carried out again.
/// `writes` are those of the handle, and `deleted` the managers whose rows its deletions may change.
///
/// # Errors
/// The error of `run`, after which nothing is written. The errors of the commit.
pub(crate) async fn in_transaction<T, E: From<Error>, F: Future<Output = Result<T, E>>>(
    writes: &Arc<Writes>,
    deleted: impl Fn() -> Vec<&'static Description>,
    run: impl Fn(Arc<OpenTransaction>) -> F,
) -> Result<T, E> {
    let locks = |attempt: u32| TableLocks {
        managers: deleted(),
        excludes_writes: attempt > ATTEMPTS_AMONG_OTHERS,
    };
    let mut delay = FIRST_DELAY;
    for attempt in 1..ATTEMPTS {
        match attempt_once(writes, locks(attempt), &run).await {
            Attempt::Ended(result) => return result,
            Attempt::Conflict => {
                tracing::debug!(attempt, "a transaction is carried out again after a conflict")
            }
        }
        Delay::new(with_jitter(delay)).await;
        delay = delay.saturating_mul(2);
    }
    match attempt_once(writes, locks(ATTEMPTS), &run).await {
        Attempt::Ended(result) => result,
        Attempt::Conflict => {
            Err(Error::Transaction(TransactionError::Conflict { attempts: ATTEMPTS }).into())
        }
    }
}

enum Attempt<T, E> {
    Ended(Result<T, E>),
    Conflict,
}

async fn attempt_once<T, E: From<Error>, F: Future<Output = Result<T, E>>>(
    writes: &Arc<Writes>,
    locks: TableLocks,
    run: &impl Fn(Arc<OpenTransaction>) -> F,
) -> Attempt<T, E> {
    let open = Arc::new(OpenTransaction::new(writes, locks));
    let _end = EndOnDrop {
        transaction: &open,
        reason: TransactionError::Ended,
    };
    let result = run(Arc::clone(&open)).await;
    if open.storage.is_in_conflict() {
        return Attempt::Conflict;
    }
    match result {
        Err(error) => {
            open.roll_back().await;
            Attempt::Ended(Err(error))
        }
        Ok(result) => match open.commit().await {
            Ok(()) => Attempt::Ended(Ok(result)),
            Err(Error::Transaction(TransactionError::Conflict { .. })) => Attempt::Conflict,
            Err(error) => Attempt::Ended(Err(error.into())),
        },
    }
}
