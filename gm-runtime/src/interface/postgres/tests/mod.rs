//! What the public surface can't show: values, expressions and statements on a server.
//!
//! `GM_TEST_POSTGRES` names the server (`scripts/postgres`). Tables are temporary, so that tests share a database.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod case_folding;
mod indexes;
mod queries;
mod readable;
mod round_trips;
mod scans;
mod tickets;

use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use tokio_postgres::Row;

use super::connect_options::ConnectOptions;
use super::connector::Connector;
use super::parameter::Parameter;
use super::purpose::Purpose;
use super::session::Session;
use super::statement::Statement;
use crate::interface::sql::Settings;

/// A session of the test's own.
async fn session() -> Arc<Session> {
    let url = std::env::var("GM_TEST_POSTGRES").expect("GM_TEST_POSTGRES is set by scripts/postgres");
    let options = ConnectOptions::of_urls(&url, None).unwrap();
    let connector = Connector::new(options, Settings::default(), Duration::from_secs(30));
    let (session, driver) = connector.open(Purpose::ListReads).await.unwrap();
    tokio::spawn(driver);
    session
}

/// The rows of a statement.
async fn rows(session: &Session, text: &str, parameters: Vec<Parameter>) -> Vec<Row> {
    let statement = Statement {
        text: text.into(),
        parameters,
    };
    let rows = session
        .query(&statement)
        .await
        .unwrap_or_else(|error| panic!("{text}: {error:?}"));
    rows.try_collect()
        .await
        .unwrap_or_else(|error| panic!("{text}: {error:?}"))
}
