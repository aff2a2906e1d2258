//! Rows in a database.

use std::sync::Arc;

use crate::change::Topic;
use crate::error::Error;
use crate::interface::ErasedInterface;
use crate::manager::Description;

/// What the builder was told of the database.
#[derive(Debug, Default)]
pub(crate) struct DatabaseSettings {}

/// An open database.
pub(crate) struct Database {}

impl DatabaseSettings {
    pub(crate) async fn open(self) -> Result<Option<Database>, Error> {
        Ok(None)
    }
}

impl Database {
    pub(crate) async fn interface(
        &self,
        _description: &'static Description,
        _topic: Arc<Topic>,
    ) -> Result<Arc<dyn ErasedInterface>, Error> {
        Err(Error::Unavailable("placeholder"))
    }

    pub(crate) async fn close(&self) {}
}
