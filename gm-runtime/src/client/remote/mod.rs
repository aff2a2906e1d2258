//! Requests to another service for its rows.

mod endpoint;
mod groups;
mod interface;
mod owner_features;
mod pages;

pub(crate) use interface::RemoteInterface;
