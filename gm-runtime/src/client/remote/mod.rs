//! Requests to another service for its rows.

mod batch;
mod batch_request;
mod checked_calls;
mod endpoint;
mod groups;
mod handshake;
mod interface;
mod owner_features;
mod pages;
mod schema_check;
mod verdict;

pub(crate) use batch::{RemoteOperation, send_batch};
pub(crate) use interface::RemoteInterface;
