//! Version 2 of the tickets.

use chrono::NaiveDate;
use gm_runtime::{FieldType, GeneralManager};
use rust_decimal::Decimal;

#[derive(Clone, Copy, Debug, PartialEq, FieldType)]
pub(crate) enum State {
    Open,
    Closed,
    Waiting,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
#[permission(read = public, create = public, update = public)]
#[remote_api(resource = "tickets", allow_filter, allow_detail, allow_create, allow_update)]
pub(crate) struct Ticket {
    #[field(id)]
    pub(crate) id: i64,
    #[field(max_length = 10, regex = "[a-z]+")]
    pub(crate) code: String,
    pub(crate) priority: String,
    pub(crate) state: State,
    pub(crate) points: i64,
    pub(crate) due: NaiveDate,
    pub(crate) note: Option<String>,
    #[field(max_digits = 8, decimal_places = 2)]
    pub(crate) price: Decimal,
    #[field(read_only, default)]
    pub(crate) votes: i64,
    #[field(min = 1, max = 12)]
    pub(crate) hours: i64,
    pub(crate) area: String,
    pub(crate) label: Option<String>,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    resource = "tickets",
    operations(filter, detail, create, update)
)]
pub(crate) struct RemoteTicket {
    #[field(id)]
    pub(crate) id: i64,
    #[field(max_length = 10)]
    pub(crate) code: String,
    pub(crate) priority: String,
    pub(crate) state: State,
    pub(crate) points: i64,
    pub(crate) due: NaiveDate,
    pub(crate) note: Option<String>,
    #[field(max_digits = 8, decimal_places = 2)]
    pub(crate) price: Decimal,
    #[field(read_only)]
    pub(crate) votes: i64,
    pub(crate) hours: i64,
    pub(crate) area: String,
    pub(crate) label: Option<String>,
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2030, 1, 31).unwrap()
}

pub(crate) fn example() -> RemoteTicketCreate {
    RemoteTicketCreate {
        code: "a".into(),
        priority: "high".into(),
        state: State::Open,
        points: 1,
        due: day(),
        price: Decimal::ONE,
        hours: 1,
        area: "a".into(),
    }
}

/// A row that the owner's own code writes.
pub(crate) fn own_example(state: State) -> TicketCreate {
    TicketCreate {
        code: "a".into(),
        priority: "high".into(),
        state,
        points: 1,
        due: day(),
        price: Decimal::ONE,
        hours: 1,
        area: "a".into(),
    }
}
