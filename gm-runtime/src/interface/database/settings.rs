//! The settings of the database.

use super::Database;
use super::storage_kind::StorageKind;
use super::url::DatabaseUrl;
use crate::error::Error;
use crate::features::{postgres::Postgres, sqlite::Sqlite};
use crate::interface::sql::Settings;
use crate::interface::sql::schema::TargetTable;
use crate::interface::{Retention, TransactionTimeLimit};
use crate::manager::Description;
use crate::query::ReadTimeLimit;

/// The settings of the database.
#[derive(Debug)]
pub(crate) struct DatabaseSettings {
    pub(crate) url: Option<DatabaseUrl>,
    /// The URL of the server itself, if the other one is that of a pooler.
    pub(crate) listen_url: Option<DatabaseUrl>,
    pub(crate) create_tables: bool,
    pub(crate) storage: Settings,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self {
            url: None,
            listen_url: None,
            create_tables: true,
            storage: Settings::default(),
        }
    }
}

impl DatabaseSettings {
    /// How the database is opened. `None` if no URL is set.
    fn kind(&self) -> Result<Option<StorageKind>, Error> {
        match &self.url {
            Some(url) => StorageKind::of(url, self.listen_url.as_ref(), &self.storage).map(Some),
            None => Ok(None),
        }
    }

    /// Stores the answers of requests with an idempotency key for this time.
    pub(crate) fn store_answers(&mut self, retention: Retention) {
        self.storage.retention = retention;
    }

    /// Opens the database. `None` if no URL is set.
    pub(crate) async fn open(
        mut self,
        ReadTimeLimit(read_time): ReadTimeLimit,
        transaction_time: TransactionTimeLimit,
    ) -> Result<Option<Database>, Error> {
        self.storage.transaction_time = transaction_time;
        let Some(kind) = self.kind()? else {
            return Ok(None);
        };
        Database::open(kind, self.storage, self.create_tables, read_time)
            .await
            .map(Some)
    }

    /// The SQL that makes the tables fit these managers.
    pub(crate) fn changes(
        &self,
        managers: impl IntoIterator<Item = &'static Description>,
    ) -> Result<String, Error> {
        let kind = self.kind()?.ok_or_else(|| {
            Error::Configuration("there is no database to compare with: add `.database(..)`".to_owned())
        })?;
        let tables = TargetTable::of(managers)?;
        match kind {
            StorageKind::Sqlite(options) => Sqlite::schema_changes(&options, &tables),
            StorageKind::Postgres(options) => Postgres::schema_changes(&options, &tables),
        }
    }
}
