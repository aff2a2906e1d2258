//! The rows in memory of all managers of a handle, whose transactions take turns.

use std::sync::{Arc, Mutex, PoisonError};

use super::answers::Answers;
use super::claim::Claim;
use super::rows::MemoryInterface;
use super::transaction::MemoryTransaction;
use crate::change::Topic;
use crate::error::Error;
use crate::interface::{
    BoxFuture, InFlight, ReadLimits, Retention, TableLocks, Transaction, TransactionTimeLimit, Transactions,
};
use crate::manager::{Description, Record};

/// The rows in memory of all managers of a handle. Their transactions take turns.
#[derive(Default)]
pub(crate) struct MemoryStorage {
    limit: TransactionTimeLimit,
    /// The answers of requests with an idempotency key.
    answers: Arc<Answers>,
    /// The claim of the last transaction.
    current: Mutex<Option<Arc<Claim>>>,
}

impl MemoryStorage {
    pub(crate) fn new(limit: TransactionTimeLimit, retention: Retention) -> Self {
        Self {
            limit,
            answers: Arc::new(Answers::new(retention)),
            current: Mutex::default(),
        }
    }

    /// The rows of a manager, beginning with these.
    ///
    /// # Errors
    /// [`Error::Invalid`] and [`Error::Conflict`] for a row that does not fit the table.
    pub(crate) fn rows(
        self: &Arc<Self>,
        description: &'static Description,
        topic: Arc<Topic>,
        limits: ReadLimits,
        rows: Vec<Record>,
    ) -> Result<MemoryInterface, Error> {
        let (storage, answers) = (Arc::clone(self) as _, Arc::clone(&self.answers));
        MemoryInterface::new(description, topic, limits, storage, answers, rows)
    }

    /// A new claim, or the one of another transaction that has not ended.
    fn claim(&self) -> Result<Arc<Claim>, Arc<Claim>> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        match &*current {
            Some(other) if !other.has_ended() => Err(Arc::clone(other)),
            _ => Ok(Arc::clone(current.insert(Claim::new()))),
        }
    }
}

impl Transactions for MemoryStorage {
    fn begin(
        self: Arc<Self>,
        in_flight: InFlight,
        // No other write comes between.
        _locks: TableLocks,
    ) -> BoxFuture<'static, Result<Arc<dyn Transaction>, Error>> {
        Box::pin(async move {
            loop {
                match self.claim() {
                    Ok(claim) => {
                        let answers = Arc::clone(&self.answers);
                        let transaction = MemoryTransaction::new(claim, self.limit, answers, in_flight);
                        return Ok(Arc::new(transaction) as _);
                    }
                    Err(other) => other.ended().await,
                }
            }
        })
    }

    fn time_limit(&self) -> TransactionTimeLimit {
        self.limit
    }
}
