//! SQLite as a storage with transactions.

use std::any::Any;
use std::sync::Arc;

use super::queue::Queues;
use super::rows::SqliteRows;
use super::transaction::SqliteTransaction;
use crate::error::{Error, TransactionError};
use crate::interface::{
    BoxFuture, ErasedInterface, InFlight, Replay, RequestIdentity, SavepointCommand, StoredAnswer,
    TableLocks, Transaction, TransactionTimeLimit, Transactions,
};

impl Transactions for Queues {
    fn begin(
        self: Arc<Self>,
        in_flight: InFlight,
        // No other write comes between.
        _locks: TableLocks,
    ) -> BoxFuture<'static, Result<Arc<dyn Transaction>, Error>> {
        Box::pin(async move {
            let transaction = Self::begin(&self, in_flight).await?;
            Ok(Arc::new(transaction) as _)
        })
    }

    fn time_limit(&self) -> TransactionTimeLimit {
        self.transaction_time()
    }
}

impl Transaction for SqliteTransaction {
    fn interface(self: Arc<Self>, outside: &dyn ErasedInterface) -> Result<Arc<dyn ErasedInterface>, Error> {
        let outside: &dyn Any = outside;
        match outside.downcast_ref::<SqliteRows>() {
            Some(outside) => Ok(Arc::new(outside.within(self))),
            None => Err(TransactionError::Ended.into()),
        }
    }

    /// No other transaction writes meanwhile, so no other one claims the key.
    fn claim_key(
        self: Arc<Self>,
        request: RequestIdentity,
    ) -> BoxFuture<'static, Result<Option<Replay>, Error>> {
        Box::pin(async move {
            let find = self.answer(move |answers, connection| answers.find(connection, &request));
            find.await
        })
    }

    fn store_answer(
        self: Arc<Self>,
        request: RequestIdentity,
        answer: StoredAnswer,
    ) -> BoxFuture<'static, Result<(), Error>> {
        Box::pin(async move {
            let store = self.answer(move |answers, connection| answers.store(connection, &request, &answer));
            store.await
        })
    }

    fn savepoint(self: Arc<Self>, command: SavepointCommand) -> BoxFuture<'static, Result<(), Error>> {
        Box::pin(async move { Self::savepoint(&self, command).await })
    }

    fn commit(self: Arc<Self>) -> BoxFuture<'static, Result<(), Error>> {
        Box::pin(async move { Self::commit(&self).await })
    }

    fn roll_back(self: Arc<Self>) -> BoxFuture<'static, ()> {
        Box::pin(async move { Self::roll_back(&self).await })
    }
}
