//! The verbs, which read and write rows.

mod at_version;
mod batch;
mod by_id;
mod change_receiver;
mod changes;
mod draft;
mod execution;
mod missing;
mod next_cursor;
mod page_reads;
mod query;
mod query_verbs;
mod read_future;
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
pub use draft::{Draft, Insert, Patch, PendingWrite, WriteKind};
pub use missing::{Awaitable, SetsKeptFields};
pub use query::Query;
pub use read_future::ReadFuture;
pub use related_read::RelatedRows;
pub use stream::RowStream;
pub use watch::Watch;
pub use write_future::WriteFuture;
