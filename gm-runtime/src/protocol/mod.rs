//! The wire contract, protocol v1: the only room that server and client share.

pub(crate) mod body;
pub(crate) mod event;
pub(crate) mod failure;
#[cfg(any(feature = "server", feature = "client"))]
pub(crate) mod item_id;
pub(crate) mod items;
pub(crate) mod names;
pub(crate) mod query_body;
pub(crate) mod query_request;
pub(crate) mod response;
pub(crate) mod response_body;
pub(crate) mod values;
pub(crate) mod via;
pub(crate) mod write_body;
pub(crate) mod write_request;
