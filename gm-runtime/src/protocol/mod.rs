//! The wire contract, protocol v1: the only room that server and client share.

#[cfg(feature = "server")]
pub(crate) mod body;
pub(crate) mod event;
#[cfg(feature = "server")]
pub(crate) mod failure;
#[cfg(any(feature = "server", feature = "client"))]
pub(crate) mod item_id;
pub(crate) mod items;
pub(crate) mod names;
#[cfg(feature = "server")]
pub(crate) mod query_body;
#[cfg(feature = "client")]
pub(crate) mod query_request;
#[cfg(feature = "client")]
pub(crate) mod response;
#[cfg(feature = "server")]
pub(crate) mod response_body;
pub(crate) mod values;
pub(crate) mod via;
#[cfg(feature = "server")]
pub(crate) mod write_body;
#[cfg(feature = "client")]
pub(crate) mod write_request;
