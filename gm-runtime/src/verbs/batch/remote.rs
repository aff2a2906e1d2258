//! A batch of rows of another service: one request.

use std::any::Any;

use super::operation::Operation;
use crate::error::{Error, TransactionError};
use crate::features::client::CachedRemote;
use crate::gm::Gm;
use crate::interface::batch_error::BatchError;
use crate::interface::{BatchedWrite, Proposal, Written};

/// Whether the rows of the operation are another service's. Those of a consumer's manager may be in memory, for a test.
pub(super) fn is_remote(gm: &Gm, operation: &Operation) -> Result<bool, BatchError> {
    let managed = gm.managed_of(operation.vtable);
    let managed = managed.map_err(|error| BatchError::of_operation(0, error))?;
    let interface: &dyn Any = &**managed.interface();
    Ok(interface.is::<CachedRemote>())
}

/// Sends the operations, with the idempotency key of the application if it gives one.
pub(super) async fn send(
    gm: &Gm,
    operations: Vec<Operation>,
    key: Option<String>,
) -> Result<Vec<Written>, BatchError> {
    let mut batch = Vec::with_capacity(operations.len());
    for (place, operation) in operations.into_iter().enumerate() {
        let judged = judge(gm, operation);
        batch.push(judged.map_err(|error| BatchError::of_operation(place, error))?);
    }
    let in_flight = gm.writes().begin()?;
    CachedRemote::send_batch(batch, key, in_flight).await
}

/// The write with its values judged as far as their types, and the resource.
fn judge(gm: &Gm, operation: Operation) -> Result<(&CachedRemote, BatchedWrite), Error> {
    let Operation { vtable, batched } = operation;
    let manager = vtable.description.name();
    // The rules of this service look at rows that only the owner has, and would have to hold until the batch is carried out.
    if gm.principal().is_some() {
        return Err(Error::Configuration(format!(
            "the rows of `{manager}` are another service's, and a handle that acts as a caller can't send a batch to it: use the handle \
             of the service itself, or write the rows one by one"
        )));
    }
    let managed = gm.managed_of(vtable)?;
    let interface: &dyn Any = &**managed.interface();
    let Some(remote) = interface.downcast_ref::<CachedRemote>() else {
        return Err(Error::Transaction(TransactionError::OtherStorage { manager }));
    };
    let proposal = Proposal::from(batched.write);
    let write = managed.interface().judge(proposal)?;
    Ok((remote, BatchedWrite { write, ..batched }))
}
