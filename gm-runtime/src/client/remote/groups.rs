//! Requests the numbers of rows by the values of a field.

use std::sync::Arc;

use super::RemoteInterface;
use crate::client::Call;
use crate::error::{Error, Extension, Method};
use crate::manager::Operation;
use crate::protocol::query_request::groups_body;
use crate::protocol::response;
use crate::query::{Groups, Select};

impl RemoteInterface {
    /// The numbers of the matching rows by the values of a field.
    ///
    /// # Errors
    /// [`Error::Unsupported`], before anything is sent, for an owner that does not announce it: it would answer with rows.
    pub(crate) async fn groups(self: &Arc<Self>, select: &Select, field: u16) -> Result<Groups, Error> {
        self.require(Extension::Counts).await?;
        let manager = self.description.name();
        let call = Call {
            verb: "query",
            method: Method::Post,
            url: self.endpoint.query(),
            body: Some(groups_body(self.description, select, field)?),
            read: true,
            protocol_version: self.protocol_version,
            expected_version: None,
            key: None,
        };
        let reply = self.read(call, Operation::Filter).await?;
        let answer = self.decode(reply, |reply| {
            response::read_groups(&reply.body, self.description, self.protocol_version, field)
        })?;
        if answer.denied {
            return Err(Error::PermissionDenied {
                manager,
                operation: Operation::Filter,
            });
        }
        // The owner was replaced by one without the extension.
        answer.groups.ok_or(Error::Unsupported {
            manager,
            extension: Extension::Counts,
        })
    }
}
