//! The verbs: what reads and writes rows when it is awaited.

mod by_id;
mod missing;
mod reading;
mod run;
mod write;
mod writing;

pub use by_id::ById;
pub use missing::Awaited;
pub use reading::Reading;
pub use write::{Draft, Insert, Patch, WriteKind, WriteOf};
pub use writing::Writing;
