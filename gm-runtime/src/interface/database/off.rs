//! The database if the features `sqlite` and `postgres` are off: none is open.

use std::sync::Arc;
use std::time::Duration;

use crate::change::Topic;
use crate::error::Error;
use crate::health::{DatabaseHealth, LoopHealth};
use crate::interface::{ErasedInterface, Retention, TransactionTimeLimit};
use crate::manager::Description;
use crate::query::ReadTimeLimit;
use crate::query::pattern::PatternTimeLimit;

#[derive(Default)]
pub(crate) struct DatabaseSettings;

impl DatabaseSettings {
    pub(crate) fn store_answers(&mut self, _: Retention) {}

    pub(crate) async fn open(
        self,
        _: ReadTimeLimit,
        _: TransactionTimeLimit,
    ) -> Result<Option<Database>, Error> {
        Ok(None)
    }
}

/// Has no value, since none is open.
pub(crate) enum Database {}

impl Database {
    pub(crate) async fn check(&self, _: impl IntoIterator<Item = &'static Description>) -> Result<(), Error> {
        match *self {}
    }

    pub(crate) async fn interface(
        &self,
        _: &'static Description,
        _: Arc<Topic>,
        _: PatternTimeLimit,
    ) -> Result<Arc<dyn ErasedInterface>, Error> {
        match *self {}
    }

    pub(crate) async fn close(&self) {
        match *self {}
    }

    pub(crate) fn loops(&self, _: Duration) -> Vec<LoopHealth> {
        match *self {}
    }

    pub(crate) fn health(&self) -> DatabaseHealth {
        match *self {}
    }

    pub(crate) fn waiting(&self) -> [usize; 2] {
        match *self {}
    }
}

/// None, since there is no database.
pub(crate) fn stored_answers() -> Option<&'static Description> {
    None
}

/// The error of a manager whose rows are in a database.
pub(crate) fn no_database(description: &Description) -> Error {
    Error::Configuration(format!(
        "the rows of `{}` are in a database; enable the feature `sqlite` or `postgres` of gm-runtime",
        description.name()
    ))
}
