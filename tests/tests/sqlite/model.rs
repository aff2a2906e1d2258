//! A manager with a field of every type.

use chrono::{DateTime, NaiveDate, Utc};
use gm_runtime::GeneralManager;
use rust_decimal::Decimal;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "items")]
pub struct Item {
    #[field(id)]
    pub id: i64,
    #[field(blank)]
    pub title: String,
    #[field(blank, column = "remark")]
    pub note: Option<String>,
    #[field(default)]
    pub count: i32,
    pub big: Option<i64>,
    #[field(max_digits = 10, decimal_places = 2, default)]
    pub amount: Decimal,
    #[field(max_digits = 18, decimal_places = 6)]
    pub price: Option<Decimal>,
    #[field(default)]
    pub ratio: f64,
    pub due: Option<NaiveDate>,
    pub starts_at: Option<DateTime<Utc>>,
    #[field(default)]
    pub done: bool,
    pub token: Option<Uuid>,
}

/// What a new item must have.
pub fn item(title: &str) -> ItemCreate {
    ItemCreate { title: title.into() }
}
