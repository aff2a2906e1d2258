//! The wire contract, protocol v1. Server and client share it.

pub(crate) mod batch_body;
pub(crate) mod batch_failure;
pub(crate) mod close_code;
pub(crate) mod cursor;
pub(crate) mod entity_tag;
pub(crate) mod error_code;
pub(crate) mod event;
pub(crate) mod failure;
mod failure_of_error;
pub(crate) mod features;
mod gateway_failure;
pub(crate) mod groups_json;
#[cfg(any(feature = "server", feature = "client"))]
pub(crate) mod item_id;
pub(crate) mod items;
pub(crate) mod json_body;
pub(crate) mod loop_detection;
pub(crate) mod names;
pub(crate) mod query_body;
pub(crate) mod query_lookups;
mod query_ordering;
pub(crate) mod query_request;
pub(crate) mod response;
pub(crate) mod response_body;
pub(crate) mod row_writers;
pub(crate) mod schema_hash;
pub(crate) mod values;
pub(crate) mod write_body;
pub(crate) mod write_request;
