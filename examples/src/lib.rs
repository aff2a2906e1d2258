//! The projects that the examples share: as their owner declares them, and as a consumer does.
//!
//! In production these are two services, and each has its own struct. A crate that both services depend on can hold one
//! struct with the attributes of both sides.
#![allow(missing_docs, reason = "the fields of the examples say what they are")]

use gm_runtime::GeneralManager;

pub mod service;

#[cfg(doctest)]
mod guide;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    base_path = "/internal/gm",
    resource = "projects",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    websocket_invalidation,
    default_page_size = 10,
    max_page_size = 100
)]
pub struct Project {
    #[field(id)]
    pub id: i64,
    #[field(max_length = 200)]
    pub name: String,
    #[field(max_length = 50)]
    pub status: String,
}

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(
    base_url = "https://project-service.example.com",
    base_path = "/internal/gm",
    resource = "projects",
    websocket_invalidation
)]
pub struct RemoteProject {
    #[field(id)]
    pub id: i64,
    pub name: String,
    pub status: String,
}

/// The code of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
