//! Requests to another service for its rows.

mod batch;
mod batch_request;
mod endpoint;
mod groups;
mod interface;
mod owner_features;
mod pages;

pub(crate) use batch::{RemoteOperation, send_batch};
pub(crate) use interface::RemoteInterface;
