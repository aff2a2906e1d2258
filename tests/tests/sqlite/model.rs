//! A manager with a field of every type.

use chrono::{DateTime, NaiveDate, Utc};
use gm_runtime::GeneralManager;
use rust_decimal::Decimal;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "items")]
pub(crate) struct Item {
    #[field(id)]
    pub(crate) id: i64,
    #[field(blank)]
    pub(crate) title: String,
    #[field(blank, column = "remark")]
    pub(crate) note: Option<String>,
    #[field(default)]
    pub(crate) count: i32,
    pub(crate) big: Option<i64>,
    #[field(max_digits = 10, decimal_places = 2, default)]
    pub(crate) amount: Decimal,
    #[field(max_digits = 18, decimal_places = 6)]
    pub(crate) price: Option<Decimal>,
    #[field(default)]
    pub(crate) ratio: f64,
    pub(crate) due: Option<NaiveDate>,
    pub(crate) starts_at: Option<DateTime<Utc>>,
    #[field(default)]
    pub(crate) done: bool,
    pub(crate) token: Option<Uuid>,
}

/// The required values of a new item.
pub(crate) fn item(title: &str) -> ItemCreate {
    ItemCreate { title: title.into() }
}
