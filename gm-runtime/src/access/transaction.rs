//! Transactions: managers inside of one, and its attempts.

use std::any::TypeId;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_timer::Delay;

use super::held_entries::HeldEntries;
use super::{JudgementLimits, Managed, RelatedManagers};
use crate::backoff::with_jitter;
use crate::error::{Error, TransactionError};
use crate::interface::{StorageTransaction, Writes};
use crate::manager::Description;

/// How often a transaction is carried out again after a conflict with another one.
const REPETITIONS: u32 = 5;

/// The delay before the first repetition, which doubles for each further one.
const FIRST_DELAY: Duration = Duration::from_millis(2);

/// A transaction that has not ended.
pub(crate) struct OpenTransaction {
    pub(super) storage: Arc<StorageTransaction>,
    /// The writes of the transaction. Those of the handle may be closed meanwhile, and a transaction that has begun still ends.
    writes: Arc<Writes>,
    audit: Arc<HeldEntries>,
}

impl OpenTransaction {
    fn new(writes: &Arc<Writes>) -> Self {
        Self {
            storage: Arc::new(StorageTransaction::new(Arc::clone(writes))),
            writes: Arc::default(),
            audit: Arc::default(),
        }
    }

    async fn commit(&self) -> Result<(), Error> {
        // If the future is dropped, or its runtime ends.
        let audit = self.audit.end_as("unknown");
        let committed = self.storage.commit().await;
        audit.end_as(match &committed {
            Ok(()) => "done",
            Err(error) if error.is_outcome_unknown() => "unknown",
            Err(_) => ROLLED_BACK,
        });
        committed
    }

    async fn roll_back(&self) {
        let _audit = self.audit.end_as(ROLLED_BACK);
        self.storage.roll_back().await;
    }
}

const ROLLED_BACK: &str = "rolled_back";

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
        let (storage, audit) = (Arc::clone(&transaction.storage), Arc::clone(&transaction.audit));
        Ok(managed.inside(storage, audit, self))
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

/// Rolls the transaction back if the future or its closure is dropped.
struct EndOnDrop<'t>(&'t OpenTransaction);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.storage.end(TransactionError::Ended);
        drop(self.0.audit.end_as(ROLLED_BACK));
    }
}

/// Carries out a transaction, and commits it if the result is `Ok`. After a conflict with another one it is carried out again.
/// `writes` are those of the handle.
///
/// # Errors
/// The error of `run`, after which nothing is written. The errors of the commit.
pub(crate) async fn in_transaction<T, E: From<Error>, F: Future<Output = Result<T, E>>>(
    writes: &Arc<Writes>,
    run: impl Fn(Arc<OpenTransaction>) -> F,
) -> Result<T, E> {
    let mut delay = FIRST_DELAY;
    for attempt in 1..=REPETITIONS {
        match attempt_once(writes, &run).await {
            Attempt::Ended(result) => return result,
            Attempt::Conflict => {
                tracing::debug!(attempt, "a transaction is carried out again after a conflict")
            }
        }
        Delay::new(with_jitter(delay)).await;
        delay = delay.saturating_mul(2);
    }
    match attempt_once(writes, &run).await {
        Attempt::Ended(result) => result,
        Attempt::Conflict => Err(Error::Transaction(TransactionError::Conflict {
            attempts: REPETITIONS.saturating_add(1),
        })
        .into()),
    }
}

enum Attempt<T, E> {
    Ended(Result<T, E>),
    Conflict,
}

async fn attempt_once<T, E: From<Error>, F: Future<Output = Result<T, E>>>(
    writes: &Arc<Writes>,
    run: &impl Fn(Arc<OpenTransaction>) -> F,
) -> Attempt<T, E> {
    let open = Arc::new(OpenTransaction::new(writes));
    let _end = EndOnDrop(&open);
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
