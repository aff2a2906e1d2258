//! Transactions of a handle.

use std::future::Future;
use std::sync::Arc;

use super::handle::Gm;
use super::handle_transaction::HandleTransaction;
use crate::access::in_transaction;
use crate::error::{Error, TransactionError};
use crate::manager::Description;

impl Gm {
    /// Carries out several writes together or not at all: a transaction of the database.
    ///
    /// The closure receives a handle, and every verb that takes it is a part of the transaction. If the closure returns `Ok`, all
    /// of its writes are stored at once. If it returns an error or panics, or if the future is dropped, none is.
    ///
    /// ```
    /// # use gm_runtime::{GeneralManager, Gm};
    /// use gm_runtime::Error;
    /// # #[derive(Clone, Debug, GeneralManager)]
    /// # #[database(table = "accounts")]
    /// # pub struct Account { #[field(id)] pub id: i64, pub owner: String, pub balance: i64 }
    /// /// Moves an amount from one account to another one.
    /// async fn transfer(gm: &Gm, from: i64, to: i64, amount: i64) -> Result<(), Error> {
    ///     gm.transaction(async |tx| {
    ///         let (from, to) = (Account::get(&tx, from).await?, Account::get(&tx, to).await?);
    ///         if from.balance < amount {
    ///             return Err(Error::invalid("Account", "balance", "there is not enough on the account"));
    ///         }
    ///         from.update().balance(from.balance - amount).exec(&tx).await?;
    ///         to.update().balance(to.balance + amount).exec(&tx).await?;
    ///         Ok(())
    ///     })
    ///     .await
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let gm = Gm::builder().in_memory::<Account>().build().await?;
    /// # let ada = Account::create(AccountCreate { owner: "ada".into(), balance: 7 }).exec(&gm).await?;
    /// # let bob = Account::create(AccountCreate { owner: "bob".into(), balance: 0 }).exec(&gm).await?;
    /// # transfer(&gm, ada.id, bob.id, 5).await?;
    /// # assert!(transfer(&gm, ada.id, bob.id, 5).await.is_err_and(|error| error.is_invalid()));
    /// # assert_eq!(Account::get(&gm, bob.id).await?.balance, 5);
    /// # Ok(()) }
    /// ```
    ///
    /// # The handle of the transaction
    /// It is a handle like any other. [`acting_as`](Self::acting_as) gives it the permissions of a caller. Reads see the writes of
    /// the transaction, and no other reader does before the commit. The error of a verb undoes this verb alone, and the closure
    /// decides what to do. Verbs at the same time take turns.
    ///
    /// The closure must await each of its verbs. A handle that outlives the closure refuses further ones. If the future of a verb
    /// is dropped before it is ready, the transaction can only be rolled back.
    ///
    /// | on this handle | |
    /// |---|---|
    /// | rows of another storage than those of the first verb, of another service, or in an application's own storage | refused |
    /// | live queries, streams of changes, [`on_change`](Self::on_change), [`publish`](Self::publish) and the like | refused |
    /// | another `transaction` | refused |
    ///
    /// Verbs of the handle outside are no part of the transaction. A write of it inside of the closure may wait for the transaction,
    /// and so for itself, until the time limit.
    ///
    /// # Events
    /// The events of the writes are published after the commit, in their order, and never without it. More than 64 changes of one
    /// manager are one refresh.
    ///
    /// # Conflicts
    /// Transactions have the effect of being carried out one after the other. Where the storage finds that this would not be so,
    /// the closure runs again, up to five times. So it should have no effects of its own, such as an e-mail: what it changed in
    /// the database is undone, and nothing else is.
    ///
    /// # Time
    /// Do slow work, such as a request to another service, before the transaction or behind it. After
    /// [`transaction_time_limit`](crate::GmBuilder::transaction_time_limit), 5 s by default, it is rolled back.
    ///
    /// # Errors
    /// The error of the closure. [`Error::Transaction`] if the transaction could not be committed, and the errors of the storage.
    pub async fn transaction<T, E, F>(&self, run: impl Fn(Gm) -> F) -> Result<T, E>
    where
        E: From<Error>,
        F: Future<Output = Result<T, E>>,
    {
        if self.transaction.is_some() {
            return Err(Error::Transaction(TransactionError::Nested).into());
        }
        in_transaction(&self.inner.writes, Vec::new, |open| {
            run(Self {
                inner: Arc::clone(&self.inner),
                principal: self.principal.clone(),
                transaction: Some(Arc::new(HandleTransaction::new(open))),
            })
        })
        .await
    }

    /// Refuses events on the handle of a transaction.
    pub(crate) fn require_events_of(&self, description: &'static Description) -> Result<(), Error> {
        match self.transaction {
            None => Ok(()),
            Some(_) => Err(Error::Transaction(TransactionError::Events {
                manager: description.name(),
            })),
        }
    }
}
