//! Batches: several writes that are carried out together or not at all, in one request to another service.
//!
//! Reasons: `docs/design/batches.md`.

mod builder;
mod draft;
mod local;
mod operation;
mod remote;
mod result;
mod results;

pub use builder::{Batch, RowToDelete};
pub use draft::{BatchDraft, IntoBatch};
pub use result::{BatchResult, ByResult, ByValue, FieldSource, ResultField};
pub use results::BatchResults;
