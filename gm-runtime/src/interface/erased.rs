//! The one dynamic trait behind which the rows of every manager stand, and the traits of their transactions.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::transaction::{TableLocks, TransactionTimeLimit};
use super::{
    Answer, BulkRequest, BulkWritten, InFlight, KeyedRequest, Proposal, Read, Replay, Representation,
    RequestIdentity, StoredAnswer, Target, Write, WriteRequest, Written,
};
use crate::change::{Change, Topic};
use crate::error::{Error, Extension};
use crate::field::Value;
use crate::manager::Description;
use crate::protocol::cursor;
use crate::protocol::features::Features;
use crate::query::{KeyMemo, Question, Select};

pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The rows of one manager, without their type. SQLite, memory, an application's own storage, and another service behind
/// its cache implement it. The callers ask nowhere which of these it is.
///
/// Permissions hold before a method is called. Fields exist, and operands and ids have the types of their fields.
///
/// The default methods are those of rows in this process.
pub(crate) trait ErasedInterface: Any + Send + Sync {
    fn description(&self) -> &'static Description;

    /// The extensions of the protocol that the rows support, which the owner announces. Those of another service are the ones
    /// that its owner announced last.
    fn features(&self) -> Features {
        let mut features = Features::of_rows(self.description());
        if self.applies_cursors() {
            features = features.with(Features::CURSOR);
        }
        if self.stores_answers() {
            features = features.with(Features::IDEMPOTENCY);
        }
        if self.transactions().is_some() {
            features = features.with(Features::BATCH);
        }
        features
    }

    /// Fills in what a select leaves open of its page and reads its cursor, unless another service does. In this process a page
    /// without a size has the default size, and every row is one answer.
    ///
    /// # Errors
    /// [`QueryError::Cursor`](crate::error::QueryError::Cursor) and [`Error::Unsupported`].
    fn fill_page(&self, select: &mut Select) -> Result<(), Error> {
        let description = self.description();
        select.fill_page(description.default_page_size());
        if select.after.is_some() && !self.applies_cursors() {
            return Err(Error::Unsupported {
                manager: description.name(),
                extension: Extension::Cursor,
            });
        }
        cursor::resolve(description, select)
    }

    /// Whether a read applies the position of its select, and says what follows a page.
    fn applies_cursors(&self) -> bool {
        true
    }

    /// Whether the answer of a request with an idempotency key is stored with its write.
    fn stores_answers(&self) -> bool {
        false
    }

    /// Whether a read applies the condition of its select or of its row. If not, a read has no condition: the rows are judged
    /// in memory, before the page is made.
    fn applies_conditions(&self) -> bool {
        false
    }

    /// Whether a read applies a lookup on the rows of the other interface that this select finds. If not, the ids of these rows are
    /// read first. `context` has the excludes among which the lookup is, and the condition of the caller's rule.
    fn joins(&self, other: &dyn ErasedInterface, rows: &Select, context: &Select) -> bool {
        let _ = (other, rows, context);
        false
    }

    /// The cached answer to a question, where there is one that is still true. A hit makes no future and copies no row.
    ///
    /// The id of a row need not be normalized, so that an interface without a cache copies no id either. `key` memoizes
    /// the key of the question.
    fn cached(
        &self,
        question: &Question<'_>,
        key: &KeyMemo,
        representation: Representation<'_>,
    ) -> Option<Answer> {
        let _ = (question, key, representation);
        None
    }

    /// Reads rows, in the representation and as fresh as the read says. The answer to a row that does not exist is
    /// [`Answer::Nothing`].
    ///
    /// The pages of a select are [filled in](Self::fill_page). The total is that of the same state as the rows, and
    /// absent unless it was requested. The implementation judges the patterns of a select and limits the time of a read.
    fn read<'a>(&'a self, read: Read<'a>) -> BoxFuture<'a, Result<Answer, Error>>;

    /// Makes a write of a proposal.
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that is wrong with the values. Those of another service are judged there.
    fn judge(&self, proposal: Proposal) -> Result<Write, Error> {
        proposal.complete(self.description())
    }

    /// Writes, and publishes the change once it is visible to every reader, before the future is ready.
    ///
    /// Rows in Postgres are published later: each replica publishes the changes of all replicas when it receives them, in one
    /// order for all. [`publish`](Self::publish) keeps that order, so a change which is published there follows every write
    /// that ended before.
    ///
    /// Once the future has been polled, dropping it neither stops the write nor its event.
    ///
    /// The guard and the expected version are judged with the row that is stored when the write is carried out. A row that the
    /// caller may not see is [`Written::Missing`]. Then comes the refusal of the guard, and then [`Error::Stale`].
    fn write(&self, request: WriteRequest) -> BoxFuture<'static, Result<Written, Error>>;

    /// Whether the storage decides about the id of a row that does not exist, in a field that refers to another row. If not, `access`
    /// looks for the row in the transaction of the write.
    fn enforces_references(&self) -> bool {
        self.transactions().is_none()
    }

    /// Stores the answer of a request that is refused, under its idempotency key. Returns what the key stands for already, if it
    /// does, and stores nothing then.
    ///
    /// Called only for storage that announces the extension.
    fn remember(
        &self,
        request: KeyedRequest,
        in_flight: InFlight,
    ) -> BoxFuture<'static, Result<Option<Replay>, Error>> {
        drop((request, in_flight));
        Box::pin(std::future::ready(Ok(None)))
    }

    /// The answer of an earlier request with the idempotency key of a write that `access` refuses. `None` if there is none. Storage of this
    /// process finds it by [`remember`](Self::remember).
    fn find_replay(&self, request: WriteRequest) -> BoxFuture<'static, Result<Option<Written>, Error>> {
        drop(request);
        Box::pin(std::future::ready(Ok(None)))
    }

    /// The storage of the rows, if it can carry out several writes together. Managers of one storage return the same one.
    fn transactions(&self) -> Option<Arc<dyn Transactions>> {
        None
    }

    /// Writes many rows, as a whole or not at all. It judges each row as [`write`](Self::write) does, publishes the changes like it,
    /// and continues likewise without its caller. Up to 64 changes are published one by one, and more as one refresh.
    ///
    /// Rows that match and are not changed by an update are not written. An error says which row it is about
    /// ([`Error::Bulk`]).
    fn write_many(&self, request: BulkRequest) -> BoxFuture<'static, Result<BulkWritten, Error>> {
        drop(request);
        let manager = self.description().name();
        Box::pin(async move { Err(Error::NoBulkWrites { manager }) })
    }

    /// Whether there is certainly no row of this id. Called for an operation on the row that is refused, since the
    /// contract wants "not found" before every other refusal. The usual operation costs no read for this order.
    ///
    /// `permitted_caller`: a caller has the permission, and is refused for another reason. Only such a caller is worth a
    /// request to another service.
    fn is_missing<'a>(&'a self, id: &'a Value, permitted_caller: bool) -> BoxFuture<'a, Result<bool, Error>> {
        let _ = permitted_caller;
        Box::pin(async move {
            let read = Read {
                target: Target::row(id),
                representation: Representation::Records,
                fresh: true,
            };
            self.read(read).await.map(|row| matches!(row, Answer::Nothing))
        })
    }

    /// Publishes a change that was made past the interface, to the manager's topic.
    fn publish(&self, change: &Change, topic: &Topic) {
        topic.publish(change);
    }

    /// Publishes that the rows which callers may read may be different from now on, to the manager's topic.
    fn grants_changed(&self, topic: &Topic) {
        topic.grants_changed();
    }

    /// Whether reads and writes may send requests to other services, so that loops must be detected.
    fn sends_requests(&self) -> bool {
        false
    }
}

/// A storage whose writes can be carried out together. All of its managers share one value.
pub(crate) trait Transactions: Send + Sync {
    /// Begins a transaction. It is in flight until it has ended.
    ///
    /// A storage in which transactions are in conflict with other writes takes the `locks`, as far as it can.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if it can't begin now.
    fn begin(
        self: Arc<Self>,
        in_flight: InFlight,
        locks: TableLocks,
    ) -> BoxFuture<'static, Result<Arc<dyn Transaction>, Error>>;

    /// How long a transaction may take. The storage ends one that is idle at the limit, so that others go on.
    fn time_limit(&self) -> TransactionTimeLimit;
}

/// A transaction that has begun. Dropping it rolls it back.
///
/// One verb at a time is carried out, and none after the end.
pub(crate) trait Transaction: Send + Sync {
    /// The rows of a manager inside the transaction, for one verb. `outside` is the manager's interface, of the same storage.
    ///
    /// A read sees the writes of the transaction. A write publishes nothing. An error undoes the write alone, with everything that
    /// it caused.
    ///
    /// # Errors
    /// [`Error::Transaction`] once the storage has rolled the transaction back.
    fn interface(self: Arc<Self>, outside: &dyn ErasedInterface) -> Result<Arc<dyn ErasedInterface>, Error>;

    /// Claims the idempotency key of a request, whose answer the transaction stores. Returns what the key stands for, if it stands for
    /// something already.
    ///
    /// Called before the first verb, for storage that stores answers.
    fn claim_key(
        self: Arc<Self>,
        request: RequestIdentity,
    ) -> BoxFuture<'static, Result<Option<Replay>, Error>>;

    /// Stores the answer of the request whose key is claimed, at the commit.
    fn store_answer(
        self: Arc<Self>,
        request: RequestIdentity,
        answer: StoredAnswer,
    ) -> BoxFuture<'static, Result<(), Error>>;

    /// Sets or ends the savepoint. There is one at a time.
    ///
    /// # Errors
    /// An error after which the transaction can only be rolled back.
    fn savepoint(self: Arc<Self>, command: SavepointCommand) -> BoxFuture<'static, Result<(), Error>>;

    /// Commits, and publishes the changes in the order of the writes. More than
    /// [`MAX_SINGLE_CHANGES`](crate::change::MAX_SINGLE_CHANGES) changes of one manager are one refresh.
    fn commit(self: Arc<Self>) -> BoxFuture<'static, Result<(), Error>>;

    /// Rolls back, and returns when no other write has to wait for it.
    fn roll_back(self: Arc<Self>) -> BoxFuture<'static, ()>;
}

/// A command about the savepoint of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SavepointCommand {
    Set,
    /// Ends it, and keeps what was written since.
    Release,
    /// Ends it, and undoes what was written since, with the changes to publish.
    RollBack,
}

/// Whether these are one storage.
pub(crate) fn is_same_storage(a: &Arc<dyn Transactions>, b: &Arc<dyn Transactions>) -> bool {
    std::ptr::addr_eq(Arc::as_ptr(a), Arc::as_ptr(b))
}
