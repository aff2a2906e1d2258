//! The managers of the tests: consumers of a service at `http://owner.test`.

use chrono::{DateTime, NaiveDate, Utc};
use gm_runtime::GeneralManager;
use rust_decimal::Decimal;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "projects"
)]
pub(crate) struct RemoteProject {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) status: String,
}

/// One field of each type.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "work-items"
)]
pub(crate) struct RemoteWorkItem {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) title: String,
    pub(crate) note: Option<String>,
    pub(crate) count: i32,
    pub(crate) amount: Decimal,
    pub(crate) ratio: f64,
    pub(crate) due: Option<NaiveDate>,
    pub(crate) starts_at: Option<DateTime<Utc>>,
    pub(crate) done: bool,
    pub(crate) token: Option<Uuid>,
}

/// A text for an id.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "pages")]
pub(crate) struct RemotePage {
    #[field(id)]
    pub(crate) slug: String,
    pub(crate) title: String,
}
