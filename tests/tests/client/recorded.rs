//! What the Python client was recorded to send, sent by this one.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use gm_runtime::{Error, Gm, GeneralManager};
use serde_json::{Value as Json, json};

use crate::managers::{RemoteProject, RemoteProjectCreate};
use crate::server::{Request, Server};

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", base_path = "/internal/gm", resource = "projects",
    protocol_version = "v2")]
pub struct WrongVersionProject {
    #[field(id)]
    pub id: i64,
    pub name: String,
    pub status: String,
}

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", base_path = "/internal/gm", resource = "hidden-things")]
pub struct HiddenProject {
    #[field(id)]
    pub id: i64,
    pub name: String,
}
