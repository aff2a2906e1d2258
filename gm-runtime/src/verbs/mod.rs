//! The verbs, which read and write rows.

mod at_version;
mod batch;
mod bulk;
mod by_id;
mod change_receiver;
mod changes;
mod create_many;
mod draft;
mod draft_kind;
mod execution;
mod idempotency_key;
mod matching;
mod missing;
mod next_cursor;
mod page_reads;
mod query;
mod query_verbs;
mod read_future;
mod reference;
mod related;
mod related_read;
mod stream;
mod stream_pages;
mod untyped_query;
mod watch;
mod write_future;

pub use at_version::AtVersion;
pub use batch::{
    Batch, BatchDraft, BatchResult, BatchResults, ByResult, ByValue, FieldSource, IntoBatch, ResultField,
    RowToDelete,
};
pub use by_id::ById;
pub use changes::Changes;
pub use create_many::CreateMany;
pub use draft::{Draft, Insert, Patch, PendingWrite, WriteKind};
pub use draft_kind::{DraftKind, UpdateKind};
pub use matching::{PatchAll, WritesMany};
pub use missing::{Awaitable, SetsKeptFields};
pub use query::Query;
pub use read_future::ReadFuture;
pub use reference::{ReferenceRead, optional_reference_to, reference_to};
pub use related_read::RelatedRows;
pub use stream::RowStream;
pub use watch::Watch;
pub use write_future::WriteFuture;

pub use crate::interface::batch_error::BatchError;
