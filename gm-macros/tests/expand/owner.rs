#[derive(Clone, Debug, GeneralManager)]
#[database(table = "work_items")]
#[permission(read = public, create = authenticated, update = authenticated, delete = nobody)]
#[remote_api(
    base_path = "/internal/gm",
    resource = "work-items",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    websocket_invalidation,
    default_page_size = 10
)]
pub struct WorkItem {
    #[field(id)]
    pub id: i64,
    /// What is to be done.
    #[field(max_length = 100)]
    pub title: String,
    #[field(max_length = 100, blank)]
    pub note: Option<String>,
    #[field(default = 1)]
    pub count: i32,
    #[field(max_digits = 10, decimal_places = 2)]
    pub amount: Decimal,
    #[field(default, column = "is_done")]
    pub done: bool,
}
