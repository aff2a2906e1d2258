//! OpenAPI: a schema as a document that tools of other languages read.
//!
//! `docs/design/openapi.md` gives the reasons.

mod batch;
mod context;
mod document;
mod errors;
mod events;
mod filters;
mod headers;
mod lookups;
mod names;
mod paths;
mod pattern;
mod query;
mod references;
mod resource;
mod rows;
mod security;
mod values;

pub(crate) use document::{About, document};
pub(crate) use security::Security;
