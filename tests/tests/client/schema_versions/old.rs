//! Version 1 of the tickets.

use chrono::NaiveDate;
use gm_runtime::{FieldType, GeneralManager};
use rust_decimal::Decimal;

#[derive(Clone, Copy, Debug, PartialEq, FieldType)]
pub(crate) enum State {
    Open,
    Closed,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    resource = "tickets",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    websocket_invalidation
)]
pub(crate) struct Ticket {
    #[field(id)]
    pub(crate) id: i64,
    #[field(max_length = 20, blank)]
    pub(crate) code: String,
    pub(crate) title: String,
    pub(crate) priority: i64,
    pub(crate) state: State,
    pub(crate) points: i32,
    pub(crate) due: Option<NaiveDate>,
    pub(crate) note: String,
    #[field(max_digits = 10, decimal_places = 2)]
    pub(crate) price: Decimal,
    pub(crate) votes: i64,
    #[field(min = 0, max = 24)]
    pub(crate) hours: i64,
    #[field(version)]
    pub(crate) version: i64,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "tickets", websocket_invalidation)]
pub(crate) struct RemoteTicket {
    #[field(id)]
    pub(crate) id: i64,
    #[field(max_length = 20, blank)]
    pub(crate) code: String,
    pub(crate) title: String,
    pub(crate) priority: i64,
    pub(crate) state: State,
    pub(crate) points: i32,
    pub(crate) due: Option<NaiveDate>,
    pub(crate) note: String,
    #[field(max_digits = 10, decimal_places = 2)]
    pub(crate) price: Decimal,
    pub(crate) votes: i64,
    #[field(max = 24)]
    pub(crate) hours: i64,
    #[field(version)]
    pub(crate) version: i64,
}

pub(crate) fn example() -> RemoteTicketCreate {
    RemoteTicketCreate {
        code: "a".into(),
        title: "a".into(),
        priority: 1,
        state: State::Open,
        points: 1,
        note: "a".into(),
        price: Decimal::ONE,
        votes: 1,
        hours: 1,
    }
}
