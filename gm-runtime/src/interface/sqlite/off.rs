//! SQLite if its feature is off: no database is open.

use std::sync::Arc;
use std::time::Duration;

use crate::change::Topic;
use crate::error::Error;
use crate::health::{DatabaseHealth, Pulse};
use crate::interface::sql::Settings;
use crate::interface::sql::schema::TargetTable;
use crate::interface::{ErasedInterface, TransactionTimeLimit};
use crate::manager::Description;
use crate::query::pattern::PatternTimeLimit;

/// Has no value, since no URL is accepted.
pub(crate) enum ConnectOptions {}

impl ConnectOptions {
    pub(crate) fn of_url(_: &str, _: &Settings) -> Result<Self, Error> {
        Err(Error::Configuration(
            "`.database(\"sqlite://..\")`: the feature `sqlite` of gm-runtime is off; add it in Cargo.toml"
                .to_owned(),
        ))
    }
}

/// Has no value, since none is open.
pub(crate) enum Sqlite {}

impl Sqlite {
    pub(crate) async fn open(
        options: ConnectOptions,
        _: usize,
        _: usize,
        _: Duration,
        _: TransactionTimeLimit,
    ) -> Result<Self, Error> {
        match options {}
    }

    pub(crate) async fn check(&self, _: Vec<TargetTable>, _: bool) -> Result<(), Error> {
        match *self {}
    }

    pub(crate) async fn interface(
        &self,
        _: &'static Description,
        _: &'static str,
        _: Arc<Topic>,
        _: PatternTimeLimit,
    ) -> Result<Arc<dyn ErasedInterface>, Error> {
        match *self {}
    }

    pub(crate) fn schema_changes(options: &ConnectOptions, _: &[TargetTable]) -> Result<String, Error> {
        match *options {}
    }

    pub(crate) async fn close(&self) {
        match *self {}
    }

    pub(crate) fn pulses(&self) -> &[Arc<Pulse>] {
        match *self {}
    }

    pub(crate) fn health(&self) -> DatabaseHealth {
        match *self {}
    }

    pub(crate) fn waiting(&self) -> [usize; 2] {
        match *self {}
    }
}
