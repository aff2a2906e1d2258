//! The managers of the recorded cases.

use chrono::{DateTime, NaiveDate, Utc};
use gm_runtime::GeneralManager;
use rust_decimal::Decimal;

/// `projects`: all operations are public.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
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
    /// Assigned by the database.
    #[field(id)]
    pub id: i64,
    /// The name.
    #[field(max_length = 200)]
    pub name: String,
    /// The status.
    #[field(max_length = 50)]
    pub status: String,
}

/// `work-items`: a field of each type.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "work_items")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    base_path = "/internal/gm",
    resource = "work-items",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    websocket_invalidation,
    default_page_size = 10,
    max_page_size = 100
)]
pub struct WorkItem {
    /// Assigned by the database.
    #[field(id)]
    pub id: i64,
    /// Required text.
    #[field(max_length = 100)]
    pub title: String,
    /// Optional text, which may be empty.
    #[field(max_length = 100, blank)]
    pub note: Option<String>,
    /// Text, empty by default.
    #[field(blank, default)]
    pub body: String,
    /// 32 bits.
    #[field(default)]
    pub count: i32,
    /// Two decimal places.
    #[field(max_digits = 10, decimal_places = 2)]
    pub amount: Decimal,
    /// A double.
    #[field(default)]
    pub ratio: f64,
    /// An optional date.
    pub due: Option<NaiveDate>,
    /// An optional timestamp.
    pub starts_at: Option<DateTime<Utc>>,
    /// A boolean.
    #[field(default)]
    pub done: bool,
}

/// `read-only-things`: filter and detail only.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "read_only_things")]
#[permission(read = public)]
#[remote_api(
    base_path = "/internal/gm",
    resource = "read-only-things",
    allow_filter,
    allow_detail,
    default_page_size = 10,
    max_page_size = 100
)]
pub struct ReadOnlyThing {
    /// Assigned by the database.
    #[field(id)]
    pub id: i64,
    /// The name.
    #[field(max_length = 200)]
    pub name: String,
}

/// `hidden-things`: not exposed.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "hidden_things")]
pub struct HiddenThing {
    /// Assigned by the database.
    #[field(id)]
    pub id: i64,
    /// The name.
    #[field(max_length = 200)]
    pub name: String,
}

/// `guarded-things`: every caller may read, and authenticated callers may write.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "guarded_things")]
#[permission(read = public, create = authenticated, update = authenticated, delete = authenticated)]
#[remote_api(
    base_path = "/internal/gm",
    resource = "guarded-things",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    websocket_invalidation,
    default_page_size = 10,
    max_page_size = 100
)]
pub struct GuardedThing {
    /// Assigned by the database.
    #[field(id)]
    pub id: i64,
    /// The name.
    #[field(max_length = 200)]
    pub name: String,
}

/// `private-things`: every caller may create, and authenticated callers may read, update and delete.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "private_things")]
#[permission(read = authenticated, create = public, update = authenticated, delete = authenticated)]
#[remote_api(
    base_path = "/internal/gm",
    resource = "private-things",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    websocket_invalidation,
    default_page_size = 10,
    max_page_size = 100
)]
pub struct PrivateThing {
    /// Assigned by the database.
    #[field(id)]
    pub id: i64,
    /// The name.
    #[field(max_length = 200)]
    pub name: String,
}
