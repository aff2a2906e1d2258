//! The errors of the runtime.

mod bulk_row;
mod classify;
pub(crate) mod conflict;
mod construct;
mod credential;
mod decode;
mod extension;
mod field;
mod id_text;
pub(crate) mod operation;
mod query;
mod record;
mod remote;
pub(crate) mod request;
mod schema_mismatch;
mod subscription;
mod transaction;
mod transport;

use std::sync::Arc;

pub use bulk_row::BulkRow;
pub use credential::CredentialError;
pub use decode::DecodeError;
pub use extension::Extension;
pub use field::FieldError;
pub use id_text::IdText;
pub use query::QueryError;
pub use record::RecordError;
pub use remote::RemoteError;
pub use schema_mismatch::SchemaMismatch;
pub use subscription::{Refusal, SubscriptionError};
pub use transaction::TransactionError;
pub use transport::{Phase, TransportError, TransportErrorKind};

use conflict::conflict;
use field::FieldErrors;
use id_text::OfRow;

pub(crate) use conflict::CONFLICT;
pub(crate) use decode::DecodeFailure;
pub(crate) use operation::Operation;
pub(crate) use query::{
    absent_field, deleting_takes_too_long, patterns_take_too_long, reading_takes_too_long,
    response_too_large, too_many_bytes_deleted, too_many_groups, too_many_rows_deleted,
    writing_takes_too_long,
};
pub(crate) use request::{Method, RequestLine};
pub(crate) use transaction::transaction_takes_too_long;

/// The error of a verb. It is cheap to clone, since readers that share a request share its error.
///
/// Its methods classify it, in the same way for rows of this service and of another one:
///
/// ```
/// # use gm_runtime::{Error, GeneralManager, Gm};
/// # #[derive(Clone, Debug, GeneralManager)]
/// # #[remote_manager(base_url = "http://localhost", resource = "projects")]
/// # pub struct RemoteProject { #[field(id)] pub id: i64, pub name: String }
/// async fn rename(gm: &Gm, id: i64, name: &str) -> Result<Option<RemoteProject>, Error> {
///     match RemoteProject::by_id(id).update().name(name).exec(gm).await {
///         Ok(project) => Ok(Some(project)),
///         Err(error) if error.is_not_found() => Ok(None),
///         Err(error) if error.is_invalid() => {
///             eprintln!("{name:?} is no name: {:?}", error.field_errors());
///             Err(error)
///         }
///         Err(error) => Err(error),
///     }
/// }
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no row with this id in the storage of this service. The same response of another service is
    /// [`Error::Remote`]. [`Error::is_not_found`] is true for both.
    #[error("there is no `{manager}` of id {id}")]
    NotFound {
        /// The struct's name.
        manager: &'static str,
        /// The id.
        id: IdText,
    },
    /// `one` found no row.
    #[error("no `{manager}` matches the query")]
    NoMatch {
        /// The struct's name.
        manager: &'static str,
    },
    /// `one` found more than one row.
    #[error(
        "more than one `{manager}` matches the query; `one` needs exactly one, and `first` accepts several"
    )]
    SeveralMatch {
        /// The struct's name.
        manager: &'static str,
    },
    /// The query is invalid, or its result exceeds a limit.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Values do not fit their fields, or the row as a whole is invalid. [`Error::invalid`] creates it.
    #[error("{}", FieldErrors(manager, errors))]
    Invalid {
        /// The struct's name.
        manager: &'static str,
        /// All errors of the values, in the order of the fields.
        errors: Vec<FieldError>,
    },
    /// The permissions do not allow the caller this operation.
    #[error(
        "the operation {} of `{manager}` is not permitted to this caller: see the owner's `#[permission(..)]`, and the token \
         that a consumer sends (`GmBuilder::credentials` or `GmBuilder::bearer_token`)",
        operation.name()
    )]
    PermissionDenied {
        /// The struct's name.
        manager: &'static str,
        /// The denied operation.
        operation: Operation,
    },
    /// The permissions do not allow the caller to read or to write this field.
    #[error(
        "the field `{field}` of `{manager}` may not be {} by this caller: see the rules of its `#[field(..)]`",
        match operation {
            Operation::Filter | Operation::Detail => "read",
            _ => "written",
        }
    )]
    FieldDenied {
        /// The struct's name.
        manager: &'static str,
        /// The field's name.
        field: &'static str,
        /// The denied operation.
        operation: Operation,
    },
    /// The handle [acts as](crate::Gm::acting_as) a caller, but the manager has no `#[permission(..)]`. Exposed managers have
    /// one. For a consumer's manager the owner checks this service, not its callers.
    #[error(
        "`{manager}` has no `#[permission(..)]`, so a handle that acts as a caller may do nothing with it: use the handle of the \
         service itself, or add `#[permission(..)]` to the struct"
    )]
    NoPermissions {
        /// The struct's name.
        manager: &'static str,
    },
    /// A constraint forbids the write: another row has the same value, a referenced row is missing, or other rows refer to this
    /// one. [`Error::conflict`] creates it.
    #[error("{}", conflict(manager, *field, message))]
    Conflict {
        /// The struct's name.
        manager: &'static str,
        /// The field whose value is in conflict. `None` if the constraint is about several fields.
        field: Option<&'static str>,
        /// The description of the conflict.
        message: Arc<str>,
    },
    /// The row has another version than the write expects, since it was changed meanwhile. Nothing was written.
    ///
    /// A manager with a `#[field(version)]` has versions. An update or a delete of a row that was read expects the version that
    /// was read. So the change of another editor is never overwritten unnoticed. [`is_stale`](Self::is_stale) is true.
    ///
    /// Read the row as it is now with `fresh`, decide again, and write again:
    ///
    /// ```
    /// # use gm_runtime::{Error, GeneralManager, Gm};
    /// # #[derive(Clone, Debug, GeneralManager)]
    /// # #[database(table = "tickets")]
    /// # pub struct Ticket { #[field(id)] pub id: i64, pub title: String, pub votes: i64, #[field(version)] pub version: i64 }
    /// /// Adds a vote to a ticket, whatever other editors do at the same time.
    /// async fn vote(gm: &Gm, id: i64) -> Result<Ticket, Error> {
    ///     let mut ticket = Ticket::get(gm, id).await?;
    ///     loop {
    ///         match ticket.update().votes(ticket.votes + 1).exec(gm).await {
    ///             Err(error) if error.is_stale() => ticket = Ticket::get(gm, id).fresh().await?,
    ///             voted => return voted,
    ///         }
    ///     }
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let gm = Gm::builder().in_memory::<Ticket>().build().await?;
    /// # let ticket = Ticket::create(TicketCreate { title: "a".into(), votes: 0 }).exec(&gm).await?;
    /// # assert_eq!(vote(&gm, ticket.id).await?.votes, 1);
    /// # assert!(ticket.update().votes(7).exec(&gm).await.is_err_and(|error| error.is_stale()));
    /// # Ok(()) }
    /// ```
    #[error(
        "the `{manager}` of id {id} was changed since this version of it was read, and nothing was written; read it again with `fresh`, \
         and write again"
    )]
    Stale {
        /// The struct's name.
        manager: &'static str,
        /// The id.
        id: IdText,
    },
    /// One row refused a write of many rows (`create_many`, `update_all`, `delete_all`), so nothing was written.
    ///
    /// The methods that classify errors, such as [`is_conflict`](Self::is_conflict) and [`field_errors`](Self::field_errors), give
    /// the answers of the row's own error.
    #[error("none of the rows of `{manager}` was written, since {row} was refused: {error}")]
    Bulk {
        /// The struct's name.
        manager: &'static str,
        /// The row.
        row: BulkRow,
        /// The error that a write of this row alone would have.
        error: Arc<Error>,
    },
    /// The rows can't be written many at once: they are in another service or in storage of the application, where a part of the
    /// writes could not be undone. Write them one by one.
    #[error(
        "the rows of `{manager}` can't be written many at once, since they are in another service or in storage of the \
         application; write them one by one"
    )]
    NoBulkWrites {
        /// The struct's name.
        manager: &'static str,
    },
    /// The owner of the rows does not announce an extension of the wire contract that the verb needs. Nothing was sent, since an
    /// owner without the extension would ignore it without an error.
    #[error(
        "the owner of `{manager}` does not announce the extension `{}`, so nothing was sent: {}",
        extension.name(),
        extension.advice()
    )]
    Unsupported {
        /// The struct's name.
        manager: &'static str,
        /// The extension.
        extension: Extension,
    },
    /// The row was created, but the caller may not read it. Do not create it again.
    #[error(
        "the `{manager}` was created, but its row may not be read by this caller; do not create it again"
    )]
    CreatedUnreadable {
        /// The struct's name.
        manager: &'static str,
    },
    /// The row was updated, but the caller may not read it.
    #[error("the `{manager}` was updated, but its row may not be read by this caller")]
    UpdatedUnreadable {
        /// The struct's name.
        manager: &'static str,
    },
    /// The manager was not added to the handle.
    #[error(
        "`{manager}` was not added to this handle: add `.expose::<{manager}>()` or `.manager::<{manager}>()` to the builder"
    )]
    NotRegistered {
        /// The struct's name.
        manager: &'static str,
    },
    /// The settings of the builder do not fit together.
    #[error("{0}")]
    Configuration(String),
    /// The storage can't accept the request now: it is stopping, or its queue is full. A later retry may succeed.
    #[error("the storage is unavailable: {0}")]
    Unavailable(&'static str),
    /// The storage failed.
    #[error("the storage failed: {0:#}")]
    Storage(Arc<anyhow::Error>),
    /// The connection to the database broke while a write was committed, and it could not be found out whether the write was
    /// carried out. Read the row before you write again.
    ///
    /// [`is_outcome_unknown`](Self::is_outcome_unknown) is true. A caller over HTTP receives 500 without `Retry-After`.
    #[error(
        "whether the write of `{manager}` was carried out is not known, since the connection to the database broke while it was \
         committed; read the row before you write again"
    )]
    OutcomeUnknown {
        /// The struct's name.
        manager: &'static str,
    },
    /// A [transaction](crate::Gm::transaction) does not carry out the verb, or could not be committed.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// A stored row does not fit its manager.
    #[error(
        "`{manager}`.`{field}`{}: the stored value does not fit the field: {message}",
        OfRow(row)
    )]
    Record {
        /// The struct's name.
        manager: &'static str,
        /// The field's name.
        field: &'static str,
        /// The id of the row, unless the id itself does not fit.
        row: Option<IdText>,
        /// What was expected. For an unknown name of an enum it repeats the name, shortened.
        message: Arc<str>,
    },
    /// The response of the other service has a status other than success.
    #[error(transparent)]
    Remote(Arc<RemoteError>),
    /// The request could not be sent to the other service, or its response did not arrive.
    #[error(transparent)]
    Transport(Arc<TransportError>),
    /// The response of the other service could not be decoded.
    #[error(transparent)]
    Decode(Arc<DecodeError>),
    /// The struct does not fit the schema of its owner, so the operation can't succeed. Of a write, nothing was sent.
    ///
    /// What breaks only some rows, such as a further name of an enum, is a warning in the log at the first read, and
    /// [`Decode`](Self::Decode) for a response with such a row.
    #[error(transparent)]
    SchemaMismatch(Arc<SchemaMismatch>),
    /// There is no credential for the other service, so no request was sent.
    #[error("there is no credential for the other service: {0}")]
    Credential(Arc<CredentialError>),
    /// The other service refused the subscription to its changes.
    #[error(transparent)]
    Subscription(Arc<SubscriptionError>),
    /// The [`InvalidationClient`](crate::InvalidationClient) or its handle was closed, so it opens no websocket.
    #[error(
        "there is no subscription: the `InvalidationClient` or its handle was closed; create another one"
    )]
    Closed,
}
