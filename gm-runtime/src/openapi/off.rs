//! The room `openapi` if its feature is off: there are no documents.

use serde_json::Value as Json;

use crate::schema::Schema;

#[derive(Clone, Debug)]
pub(crate) enum About {}

#[derive(Clone, Debug)]
pub(crate) struct Security {
    pub(crate) bearer: bool,
    pub(crate) api_key_header: Option<String>,
    pub(crate) certificates: bool,
}

pub(crate) fn document(_: &Schema, about: &About, _: &Security) -> Json {
    match *about {}
}
