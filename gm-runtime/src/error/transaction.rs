//! The errors of transactions.

use std::time::Duration;

/// The reason why a [transaction](crate::Gm::transaction) does not carry out a verb, or could not be committed. Except for
/// [`OutcomeUnknown`](Self::OutcomeUnknown), nothing of the transaction is stored.
///
/// ```
/// # use gm_runtime::{GeneralManager, Gm};
/// use gm_runtime::Error;
/// use gm_runtime::error::TransactionError;
/// # #[derive(Clone, Debug, GeneralManager)]
/// # #[database(table = "projects")]
/// # pub struct Project { #[field(id)] pub id: i64, pub name: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// # let gm = Gm::builder().in_memory::<Project>().build().await?;
/// let tx = gm.transaction(async |tx| Ok::<_, Error>(tx)).await?;
/// let late = Project::create(ProjectCreate { name: "Alpha".into() }).exec(&tx).await;
/// assert!(matches!(late, Err(Error::Transaction(TransactionError::Ended))));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransactionError {
    /// The rows are another service's. A transaction ends at the service.
    #[error(
        "the rows of `{manager}` are another service's, so they can't be a part of a transaction of this service: use the handle \
         outside of the transaction"
    )]
    OtherService {
        /// The struct's name.
        manager: &'static str,
    },
    /// The rows are in storage of the application's own, which has no transactions.
    #[error(
        "the rows of `{manager}` are in storage of the application's own, which has no transactions: use the handle outside of the \
         transaction"
    )]
    NoTransactions {
        /// The struct's name.
        manager: &'static str,
    },
    /// The rows are in another storage than those of the transaction's first verb.
    #[error(
        "the rows of `{manager}` are in another storage than those of the transaction's first verb: a transaction, and a batch, is \
         of one storage, so use one for each"
    )]
    OtherStorage {
        /// The struct's name.
        manager: &'static str,
    },
    /// A batch to another service has a resource of another service or base path than its first one, or one with other
    /// credentials.
    #[error(
        "`{manager}` has another service, base path or token than the first operation of the batch: send a batch for each"
    )]
    OtherBasePath {
        /// The struct's name.
        manager: &'static str,
    },
    /// The closure has returned or was dropped, and a copy of its handle is still used.
    #[error(
        "the transaction of this handle has ended: use its handle inside of the closure only, and await every verb there"
    )]
    Ended,
    /// `transaction` was called on the handle of a transaction, or a batch of its rows was sent.
    #[error(
        "a transaction has no transaction and no batch in it: use the verbs of its handle, and pass the handle on. A verb that \
         fails is undone alone"
    )]
    Nested,
    /// A live query, a stream of changes, [`on_change`](crate::Gm::on_change), or a method that publishes a change was called
    /// on the handle of a transaction.
    #[error(
        "`{manager}`: a transaction has no live queries, no streams of changes and no events of its own: use the handle outside of \
         the transaction"
    )]
    Events {
        /// The struct's name.
        manager: &'static str,
    },
    /// The transaction took longer than [`transaction_time_limit`](crate::GmBuilder::transaction_time_limit).
    #[error(
        "the transaction took longer than the {limit:?} of `GmBuilder::transaction_time_limit`, and nothing of it was written: do \
         slow work before it or behind it, and use the handle of the closure for each verb inside of it, since a write with another \
         handle waits for the transaction"
    )]
    TimeLimit {
        /// The limit.
        limit: Duration,
    },
    /// The future of a verb was dropped while the verb was carried out, so it is not known what the transaction holds.
    #[error(
        "the future of a verb was dropped before it was ready, so the transaction was rolled back: await every verb of a transaction"
    )]
    Interrupted,
    /// The database rolled the transaction back at an error of an earlier verb, which undoes a verb alone otherwise.
    #[error(
        "the database rolled the transaction back at the error of an earlier verb, and nothing was written"
    )]
    RolledBack,
    /// The transaction was in conflict with others each time that its closure ran.
    /// [`is_retryable`](crate::Error::is_retryable) is true.
    #[error(
        "the transaction was in conflict with other ones {attempts} times, and nothing was written; a retry may succeed"
    )]
    Conflict {
        /// How often the closure ran.
        attempts: u32,
    },
    /// The connection to the database broke during the commit, and it could not be found out whether the transaction was
    /// committed. All of its writes are stored, or none. Read the rows before you write again.
    ///
    /// [`is_outcome_unknown`](crate::Error::is_outcome_unknown) is true.
    #[error(
        "whether the transaction was committed is not known, since the connection to the database broke meanwhile: all of its writes \
         are stored, or none; read the rows before you write again"
    )]
    OutcomeUnknown,
}

/// The message for the caller whose transaction took too long.
pub(crate) fn transaction_takes_too_long(limit: Duration) -> String {
    format!("the transaction took more than {limit:?} and was undone, because other writes wait meanwhile")
}
