//! The documentation page: Swagger UI for the OpenAPI document.
//!
//! `docs/design/openapi.md` gives the reasons.

mod assets;
mod call;

pub(super) use call::handle;
