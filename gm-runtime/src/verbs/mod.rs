//! The verbs: what reads and writes rows when it is awaited.

mod by_id;
mod change_receiver;
mod changes;
mod missing;
mod plan;
mod query;
mod read;
mod reading;
mod run;
mod stream;
mod watch;
mod write;
mod writing;

pub use by_id::ById;
pub use changes::Changes;
pub use missing::Awaited;
pub use query::Query;
pub use reading::Reading;
pub use stream::RowStream;
pub use watch::Watch;
pub use write::{Draft, Insert, Patch, WriteKind, WriteOf};
pub use writing::Writing;
