//! The rows of a manager: the one trait, and what this process stores itself.

mod answer;
pub(crate) mod batch_error;
mod batched_write;
mod bulk;
mod bulk_limits;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub(crate) mod database;
mod declared;
mod erased;
mod expected_version;
mod guard;
mod idempotency_key;
mod in_flight;
mod memory;
mod own;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
mod read;
mod read_limits;
mod refused_write;
mod row_locks;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub(crate) mod sql;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;
mod storage_span;
mod stored_answer;
mod transaction;
mod unjudged;
mod write;
mod written;

pub use crate::manager::updated::Updated;
pub use own::Interface;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use sql::{SqlDialect, Synchronous};

#[doc(hidden)]
pub use declared::{BuilderInterface, DeclaredInterface, DefaultInterface};

pub(crate) use answer::Answer;
pub(crate) use batched_write::{BatchedWrite, ResultPlace};
pub(crate) use bulk::{BulkRequest, BulkRows, BulkWritten, at_place, of_id};
pub(crate) use bulk_limits::{BulkClock, BulkLimits};
pub(crate) use declared::{Factory, declared};
pub(crate) use erased::{
    BoxFuture, ErasedInterface, SavepointCommand, Transaction, Transactions, is_same_storage,
};
pub(crate) use expected_version::judge_version;
pub(crate) use guard::Guard;
pub(crate) use idempotency_key::{IdempotencyKey, KeyedRequest};
pub(crate) use in_flight::{InFlight, Writes};
pub(crate) use memory::MemoryStorage;
pub(crate) use own::OwnInterface;
pub(crate) use read::{Read, Representation, Target};
pub(crate) use read_limits::ReadLimits;
pub(crate) use refused_write::{GuardRule, LastRefusal, RefusedWrite};
pub(crate) use row_locks::RowLocks;
pub(crate) use stored_answer::{RequestIdentity, Retention, StoredAnswer, StoredBody, now};
pub(crate) use transaction::{StorageTransaction, TableLocks, TransactionChanges, TransactionTimeLimit};
pub(crate) use unjudged::leaves_no_row_to_judge;
pub(crate) use write::{Proposal, Write, WriteRequest};
pub(crate) use written::{Replay, Written};
