//! The requests of a manager, checked by the schema of its owner.

use super::RemoteInterface;
use crate::client::{Call, Reply};
use crate::error::{Error, Operation};
use crate::interface::Write;
use crate::protocol::schema_hash::SchemaHash;
use crate::schema::Difference;

impl RemoteInterface {
    /// Sends a request that reads rows.
    ///
    /// # Errors
    /// Those of [`Requester::send`](crate::client::Requester::send), and [`Error::SchemaMismatch`].
    pub(super) async fn read(&self, call: Call, operation: Operation) -> Result<Reply, Error> {
        match self.requester.send(call).await {
            Ok(reply) => {
                self.check_rows_of(reply.schema, operation).await?;
                Ok(reply)
            }
            Err(error) => Err(Box::pin(self.explain_refusal(error, operation)).await),
        }
    }

    /// Refuses rows with the schema of this hash if none of them can be read.
    async fn check_rows_of(&self, hash: Option<SchemaHash>, operation: Operation) -> Result<(), Error> {
        match hash.filter(|hash| !self.handshake.needs_no_check(*hash)) {
            None => Ok(()),
            // Boxed, so that the futures of other reads are not larger.
            Some(hash) => Box::pin(self.handshake.check_read(hash, operation)).await,
        }
    }

    /// The error of a read: that of the schema, if the owner refused a request that does not fit it.
    async fn explain_refusal(&self, error: Error, operation: Operation) -> Error {
        if !matches!(&error, Error::Remote(remote) if remote.status() == 400) {
            return error;
        }
        let hash = self.requester.announced.schema();
        self.check_rows_of(hash, operation).await.err().unwrap_or(error)
    }

    /// Refuses a write that fails for certain, before it is sent.
    pub(super) async fn check_write(&self, write: &Write) -> Result<(), Error> {
        let hash = self.requester.announced.schema();
        match hash.filter(|hash| !self.handshake.needs_no_check(*hash)) {
            None => Ok(()),
            Some(hash) => Box::pin(self.handshake.check_write(hash, write)).await,
        }
    }

    /// The differences of the struct from the schema that the owner has now.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for an owner without schemas, and the errors of the request.
    pub(crate) async fn compare_schema(&self) -> Result<Vec<Difference>, Error> {
        self.handshake.differences().await
    }
}
