//! A service whose projects are another service's.

use gm_runtime::{GeneralManager, Gm, GmBuilder};

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "projects",
    websocket_invalidation
)]
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
struct Project {
    #[field(id)]
    id: i64,
    #[field(max_length = 200)]
    name: String,
    #[field(max_length = 50)]
    status: String,
}

pub(crate) fn builder(url: &str) -> GmBuilder {
    Gm::builder()
        .base_url("http://owner.test", url)
        .bearer_token(crate::consumer::token())
        .accept_bearer_token(crate::consumer::token(), "billing")
        .expose::<Project>()
}
