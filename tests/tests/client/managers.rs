//! The managers of the tests: consumers of a service at `http://owner.test`.

use gm_runtime::GeneralManager;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "projects"
)]
pub struct RemoteProject {
    #[field(id)]
    pub id: i64,
    pub name: String,
    pub status: String,
}
