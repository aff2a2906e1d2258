//! The verbs: what reads and writes rows when it is awaited.

mod by_id;
mod change_receiver;
mod changes;
mod missing;
mod plan;
mod query;
mod read;
mod read_future;
mod run;
mod stream;
mod watch;
mod write;
mod write_future;

pub use by_id::ById;
pub use changes::Changes;
pub use missing::Awaitable;
pub use query::Query;
pub use read_future::ReadFuture;
pub use stream::RowStream;
pub use watch::Watch;
pub use write::{Draft, Insert, Patch, PendingWrite, WriteKind};
pub use write_future::WriteFuture;
