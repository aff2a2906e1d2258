//! Postgres as a storage with transactions.

use std::any::Any;
use std::sync::Arc;

use super::rows::PostgresRows;
use super::writer::{InteractivePool, PostgresTransaction, begin};
use crate::error::{Error, TransactionError};
use crate::interface::{
    BoxFuture, ErasedInterface, InFlight, Replay, RequestIdentity, SavepointCommand, StoredAnswer,
    TableLocks, Transaction, TransactionTimeLimit, Transactions,
};

impl Transactions for InteractivePool {
    fn begin(
        self: Arc<Self>,
        in_flight: InFlight,
        locks: TableLocks,
    ) -> BoxFuture<'static, Result<Arc<dyn Transaction>, Error>> {
        Box::pin(async move {
            let transaction = begin(&self, in_flight, locks).await?;
            Ok(Arc::new(transaction) as _)
        })
    }

    fn time_limit(&self) -> TransactionTimeLimit {
        Self::time_limit(self)
    }
}

impl Transaction for PostgresTransaction {
    fn interface(self: Arc<Self>, outside: &dyn ErasedInterface) -> Result<Arc<dyn ErasedInterface>, Error> {
        let outside: &dyn Any = outside;
        match outside.downcast_ref::<PostgresRows>() {
            Some(outside) => Ok(Arc::new(outside.within(self))),
            None => Err(TransactionError::Ended.into()),
        }
    }

    fn claim_key(
        self: Arc<Self>,
        request: RequestIdentity,
    ) -> BoxFuture<'static, Result<Option<Replay>, Error>> {
        Box::pin(async move { Self::claim_key(&self, request).await })
    }

    fn store_answer(
        self: Arc<Self>,
        request: RequestIdentity,
        answer: StoredAnswer,
    ) -> BoxFuture<'static, Result<(), Error>> {
        Box::pin(async move { Self::store_answer(&self, request, answer).await })
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
