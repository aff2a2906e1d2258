//! The verbs on single rows: what `get`, `create`, `update`, `delete` and `by_id` give.

mod by_id;
mod delete;
mod get;
mod missing;
mod reading;
mod write;

pub use by_id::ById;
pub use delete::Delete;
pub use get::Get;
pub use missing::Awaited;
pub use reading::Reading;
pub use write::{Draft, Insert, Patch, WriteKind};

pub(crate) use reading::Run;
