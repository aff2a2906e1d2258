//! Postgres as a storage with transactions.

use std::any::Any;
use std::sync::Arc;

use super::rows::PostgresRows;
use super::writer::{InteractivePool, PostgresTransaction, begin};
use crate::error::{Error, TransactionError};
use crate::interface::{
    BoxFuture, ErasedInterface, InFlight, Transaction, TransactionTimeLimit, Transactions,
};

impl Transactions for InteractivePool {
    fn begin(
        self: Arc<Self>,
        in_flight: InFlight,
    ) -> BoxFuture<'static, Result<Arc<dyn Transaction>, Error>> {
        Box::pin(async move {
            let transaction = begin(&self, in_flight).await?;
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

    fn commit(self: Arc<Self>) -> BoxFuture<'static, Result<(), Error>> {
        Box::pin(async move { Self::commit(&self).await })
    }

    fn roll_back(self: Arc<Self>) -> BoxFuture<'static, ()> {
        Box::pin(async move { Self::roll_back(&self).await })
    }
}
