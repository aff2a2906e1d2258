//! A batch of writes to the resources of one base path.

use std::sync::Arc;

use super::RemoteInterface;
use super::batch_request::{SentOperation, batch_body, is_reference};
use crate::client::Call;
use crate::error::{DecodeFailure, Error, Extension, IdText, Method, TransactionError};
use crate::interface::batch_error::BatchError;
use crate::interface::{BatchedWrite, Write, Written};
use crate::protocol::response;

/// An operation of a batch, and the resource that it writes.
pub(crate) struct RemoteOperation {
    pub(crate) remote: Arc<RemoteInterface>,
    pub(crate) batched: BatchedWrite,
}

/// Sends the operations, which are at least one, in one request. With a key, or if the owner supports keys, they are carried out once,
/// however often the request is sent.
///
/// # Errors
/// [`Error::Transaction`] for resources of several services or base paths, and [`Error::Unsupported`], before anything is sent.
pub(crate) async fn send_batch(
    operations: Vec<RemoteOperation>,
    key: Option<String>,
) -> Result<Vec<Written>, BatchError> {
    let Some(RemoteOperation { remote: first, .. }) = operations.first() else {
        return Ok(Vec::new());
    };
    for (place, RemoteOperation { remote, batched }) in operations.iter().enumerate() {
        let checked = remote
            .check_same_service(first)
            .and_then(|()| remote.check_values(batched));
        checked.map_err(|error| BatchError::of_operation(place, error))?;
    }
    for (place, RemoteOperation { remote, .. }) in operations.iter().enumerate() {
        let required = remote.require(Extension::Batch).await;
        required.map_err(|error| BatchError::of_operation(place, error))?;
    }
    let key = first.key(key).await?;
    for (place, RemoteOperation { remote, batched }) in operations.iter().enumerate() {
        let checked = remote.check_write(&batched.write).await;
        checked.map_err(|error| BatchError::of_operation(place, error))?;
    }
    let sent: Vec<_> = operations
        .iter()
        .map(|RemoteOperation { remote, batched }| SentOperation {
            description: remote.description,
            resource: remote.endpoint.resource(),
            batched,
        })
        .collect();
    let requester = first.requester.of_batch();
    let reply = requester.send(Call {
        verb: "batch",
        method: Method::Post,
        url: first.endpoint.batch(),
        body: Some(batch_body(&sent)),
        read: false,
        protocol_version: first.protocol_version,
        expected_version: None,
        key,
    });
    let reply = reply.await.map_err(|error| of_operation(error, &operations))?;
    let written = first.decode(reply, |reply| {
        let results = response::read_results(&reply.body, operations.len())?;
        let results = results.into_iter().zip(&operations);
        results
            .map(|(result, operation)| operation.read(result))
            .collect()
    });
    Ok(written?)
}

/// The error of the operation that the owner's refusal names.
fn of_operation(error: Error, operations: &[RemoteOperation]) -> BatchError {
    let details = error.remote().and_then(|remote| remote.details());
    let place = details.and_then(|details| details.get("operation")?.as_u64());
    let place = place.and_then(|place| usize::try_from(place).ok());
    let Some((place, RemoteOperation { remote, batched })) =
        place.and_then(|place| Some((place, operations.get(place)?)))
    else {
        return error.into();
    };
    match &batched.write {
        Write::Update(id, _) | Write::Delete(id, _)
            if batched.expected_version.is_some() && error.is_stale() =>
        {
            let stale = Error::Stale {
                manager: remote.description.name(),
                id: IdText::of(id),
            };
            BatchError::of_operation(place, stale)
        }
        _ => BatchError::of_operation(place, error),
    }
}

impl RemoteInterface {
    /// Refuses a resource of another service, of another base path, or with other credentials.
    fn check_same_service(&self, first: &Self) -> Result<(), Error> {
        let is_same = self.endpoint.batch() == first.endpoint.batch()
            && self.protocol_version == first.protocol_version
            && self.requester.has_same_credentials(&first.requester);
        match is_same {
            true => Ok(()),
            false => Err(Error::Transaction(TransactionError::OtherBasePath {
                manager: self.description.name(),
            })),
        }
    }

    /// Refuses a JSON value that the owner would read as a reference to an earlier result.
    fn check_values(&self, batched: &BatchedWrite) -> Result<(), Error> {
        let (Write::Create(values) | Write::Update(_, values)) = &batched.write else {
            return Ok(());
        };
        match values.iter().find(|(_, value)| is_reference(value)) {
            None => Ok(()),
            Some((field, _)) => Err(Error::invalid(
                self.description.name(),
                self.description.field(field).name(),
                "an object with the key `$result` can't be a value in a batch, where it stands for an earlier result: write the row \
                 by itself"
                    .to_owned(),
            )),
        }
    }
}

impl RemoteOperation {
    /// Reads the result of this operation.
    fn read(&self, result: &str) -> Result<Written, DecodeFailure> {
        let Self { remote, batched } = self;
        let row = response::read_row(result.as_bytes(), remote.description, remote.protocol_version)?;
        if let (Some(row), Write::Update(id, _) | Write::Delete(id, _), None) =
            (&row, &batched.write, batched.id)
        {
            remote.check_id(row, id)?;
        }
        Ok(match batched.write {
            Write::Delete(..) => Written::Deleted,
            _ => row.map_or(Written::Unreadable, Written::Row),
        })
    }
}
