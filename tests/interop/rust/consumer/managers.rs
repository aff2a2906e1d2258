//! What the Python service exposes, as this consumer declares it; and what it does not.

use chrono::{DateTime, NaiveDate, Utc};
use gm_runtime::GeneralManager;
use rust_decimal::Decimal;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "projects",
    websocket_invalidation
)]
pub(crate) struct RemoteProject {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) status: String,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "work-items",
    websocket_invalidation
)]
pub(crate) struct RemoteWorkItem {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) title: String,
    pub(crate) note: Option<String>,
    #[field(default)]
    pub(crate) body: String,
    #[field(default)]
    pub(crate) count: i32,
    pub(crate) amount: Decimal,
    #[field(default)]
    pub(crate) ratio: f64,
    pub(crate) due: Option<NaiveDate>,
    pub(crate) starts_at: Option<DateTime<Utc>>,
    #[field(default)]
    pub(crate) done: bool,
}

/// Work items whose count is taken for their version, which their owner does not know.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "work-items"
)]
pub(crate) struct RemoteVersionedItem {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) title: String,
    #[field(version, rename = "count")]
    pub(crate) version: i64,
}

/// Tasks of the projects, which are the same owner's.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "tasks"
)]
pub(crate) struct RemoteTask {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) title: String,
    #[field(references = RemoteProject)]
    pub(crate) project_id: i64,
}

/// Tasks of the projects, which are taken for another owner's.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://other-owner.test",
    base_path = "/internal/gm",
    resource = "tasks"
)]
pub(crate) struct RemoteTaskElsewhere {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) title: String,
    #[field(references = RemoteProject)]
    pub(crate) project_id: i64,
}

/// Declares a consumer of things that have a name.
macro_rules! things {
    ($($name:ident: $resource:literal,)*) => {
        $(
            #[derive(Clone, Debug, PartialEq, GeneralManager)]
            #[remote_manager(
                base_url = "http://owner.test",
                base_path = "/internal/gm",
                resource = $resource,
                websocket_invalidation
            )]
            pub(crate) struct $name {
                #[field(id)]
                pub(crate) id: i64,
                pub(crate) name: String,
            }
        )*
    };
}

things! {
    RemoteGuardedThing: "guarded-things",
    RemotePrivateThing: "private-things",
    RemoteReadOnlyThing: "read-only-things",
    RemoteBrokenThing: "broken-things",
    RemoteHiddenThing: "hidden-things",
}

/// Projects with a field that their owner has not.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "projects"
)]
pub(crate) struct RemoteProjectOfTomorrow {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) budget: i64,
}

/// Projects in a version that their owner does not speak.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "projects",
    protocol_version = "v2",
    websocket_invalidation
)]
pub(crate) struct RemoteProjectV2 {
    #[field(id)]
    pub(crate) id: i64,
}
