//! Requests to another service for its rows.

mod asking;
mod endpoint;
mod interface;
mod pages;

pub(crate) use interface::RemoteInterface;
