//! A batch of rows of this service: a transaction.

use super::operation::Operation;
use crate::error::Error;
use crate::field::Value;
use crate::gm::Gm;
use crate::interface::batch_error::BatchError;
use crate::interface::{BatchedWrite, Proposal, ResultPlace, Write, Written};

/// Carries out the operations in a transaction. It may be carried out again after a conflict, so the operations are borrowed.
pub(super) async fn carry_out(gm: &Gm, operations: &[Operation]) -> Result<Vec<Written>, BatchError> {
    gm.transaction(|tx| async move {
        let mut written = Vec::with_capacity(operations.len());
        for (place, operation) in operations.iter().enumerate() {
            let result = match check_references(&tx, operation, operations) {
                Ok(()) => one(&tx, operation, &written).await,
                Err(error) => Err(error),
            };
            written.push(result.map_err(|error| BatchError::of_operation(place, error))?);
        }
        Ok(written)
    })
    .await
}

/// Refuses a reference to a field that the caller may not read. Otherwise the operation would write a null in place of its value.
fn check_references(tx: &Gm, operation: &Operation, operations: &[Operation]) -> Result<(), Error> {
    let Some(principal) = tx.principal() else {
        return Ok(());
    };
    let batched = &operation.batched;
    let fields = batched.references.iter().map(|(_, result)| result);
    for result in batched.id.iter().chain(fields) {
        if let Some(earlier) = operations.get(result.operation) {
            let managed = tx.managed_of(earlier.vtable)?;
            managed.check_referenced(&managed.caller(principal, None), result.field)?;
        }
    }
    Ok(())
}

async fn one(tx: &Gm, operation: &Operation, earlier: &[Written]) -> Result<Written, Error> {
    let Operation { vtable, batched } = operation;
    let managed = tx.managed_of(vtable)?;
    let proposal = Proposal {
        expected_version: batched.expected_version,
        ..Proposal::from(resolve(batched, earlier)?)
    };
    Box::pin(managed.write(proposal, tx.principal())).await
}

/// The write with the values of the results to which it refers.
fn resolve(batched: &BatchedWrite, earlier: &[Written]) -> Result<Write, Error> {
    let mut write = batched.write.clone();
    if let Some(result) = batched.id
        && let Write::Update(id, _) | Write::Delete(id, _) = &mut write
    {
        *id = value(result, earlier)?;
    }
    if let Write::Create(values) | Write::Update(_, values) = &mut write {
        for (field, result) in &batched.references {
            values.set(*field, value(*result, earlier)?);
        }
    }
    Ok(write)
}

fn value(result: ResultPlace, earlier: &[Written]) -> Result<Value, Error> {
    match earlier.get(result.operation) {
        Some(Written::Row(row)) => Ok(row.get(result.field).clone()),
        _ => Err(Error::Configuration(format!(
            "the operation refers to the row of the operation {}, which the caller may not read",
            result.operation
        ))),
    }
}
