//! The schema of the resources of a base path, as a caller may see it.
//!
//! `docs/design/schema.md` gives the reasons.

mod call;
mod resources;
mod sights;

pub(super) use call::handle;
pub(super) use sights::Sights;
