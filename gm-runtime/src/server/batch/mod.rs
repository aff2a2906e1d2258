//! Batches: several writes in one request, which are carried out together or not at all.
//!
//! Reasons: `docs/design/batches.md`.

mod call;
mod keyed;
mod plan;
mod results;
mod run;

pub(super) use call::handle;
