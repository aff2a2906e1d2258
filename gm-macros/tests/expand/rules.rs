#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
#[permission(
    read = group("agents") | tenant == caller.claim("tenant"),
    create = authenticated & tenant == caller.claim("tenant"),
    update(before = group("agents"), after = !changed(status) | assignee == caller.name | admin),
    delete = status in [Status::Closed, Status::Spam] & is_null(price) & self::is_outside_of_office_hours
)]
#[remote_api(
    resource = "tickets",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    websocket_invalidation
)]
pub struct Ticket {
    #[field(id)]
    pub id: i64,
    pub tenant: i64,
    #[field(default = Status::Open)]
    pub status: Status,
    pub assignee: Option<String>,
    #[field(max_digits = 10, decimal_places = 2, read = admin, write = admin)]
    pub price: Option<Decimal>,
    #[field(preset = caller.name)]
    pub created_by: String,
    #[field(preset_on_update = caller.claim("user_id"))]
    pub changed_by: Option<i64>,
}
