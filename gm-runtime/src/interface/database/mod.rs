//! The database that the application's settings name: the choice of a storage by the URL.

mod create_script;
mod no_database;
mod open_database;
mod settings;
mod storage_kind;
mod stored_answers;
mod url;

pub(crate) use create_script::{create_script, trigger_script};
pub(crate) use no_database::no_database;
pub(crate) use open_database::Database;
pub(crate) use settings::DatabaseSettings;
pub(crate) use stored_answers::stored_answers;
pub(crate) use url::DatabaseUrl;
