//! Carries out the operations of a batch, one after the other, in a transaction.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::plan::{Plan, PlannedOperation};
use super::results::Results;
use crate::access::{Managed, OpenTransaction};
use crate::field::Value;
use crate::interface::Written;
use crate::json::MemoryBudget;
use crate::protocol::batch_body::BatchOperation;
use crate::protocol::batch_failure::BatchFailure;
use crate::protocol::failure::Failure;
use crate::protocol::response_body::Exchange;
use crate::protocol::{item_id, write_body};
use crate::server::if_match::expected_version;
use crate::server::settings::ServerSettings;
use crate::server::writes::{RequestedWrite, Writer};

/// The results of the operations, in their order.
pub(super) struct OperationResults {
    /// The bodies of the responses to the single requests.
    pub(super) bodies: Vec<Vec<u8>>,
    /// The ids of the rows. Null for a row that is deleted, or that the caller may not read.
    pub(super) ids: Vec<Value>,
}

/// Carries out the operations.
///
/// # Errors
/// The failure of the first operation that fails, with its place.
pub(super) async fn run(
    plan: &Plan<'_>,
    transaction: Arc<OpenTransaction>,
    request_id: &str,
) -> Result<OperationResults, BatchFailure> {
    let settings = plan.settings;
    let mut run = Run {
        settings,
        transaction,
        request_id,
        managers: BTreeMap::new(),
        results: Results::new(settings.body_bytes),
        budget: MemoryBudget::new(settings.json_bytes()),
    };
    let mut results = OperationResults {
        bodies: Vec::with_capacity(plan.operations.len()),
        ids: Vec::with_capacity(plan.operations.len()),
    };
    let mut bytes_left = settings.response_bytes;
    for (place, planned) in plan.operations.iter().enumerate() {
        let result = run.operation(planned).await;
        let (body, id) = result.map_err(|failure| BatchFailure::of_operation(place, failure))?;
        bytes_left = bytes_left.checked_sub(body.len()).ok_or_else(|| {
            let limit = settings.response_bytes;
            let message = format!("the results have more than {limit} bytes; send fewer operations");
            BatchFailure::of_operation(place, Failure::invalid(message))
        })?;
        results.bodies.push(body);
        results.ids.push(id);
    }
    Ok(results)
}

struct Run<'a> {
    settings: &'a ServerSettings,
    transaction: Arc<OpenTransaction>,
    request_id: &'a str,
    /// The managers inside of the transaction, by resource.
    managers: BTreeMap<&'static str, Managed>,
    results: Results,
    /// The memory for the values of JSON fields.
    budget: MemoryBudget,
}

impl Run<'_> {
    /// Returns the body of the response, and the id of the row.
    async fn operation(&mut self, planned: &PlannedOperation<'_>) -> Result<(Vec<u8>, Value), Failure> {
        let PlannedOperation {
            resource,
            caller,
            operation,
            ..
        } = planned;
        let managed = match self.managers.entry(resource.api.resource()) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(resource.managed.within(&self.transaction)?),
        };
        let BatchOperation {
            kind,
            id,
            values,
            if_match,
            ..
        } = operation;
        for part in id.iter().cloned().chain(values.iter().map(|(_, part)| part)) {
            self.results.count(&part)?;
        }
        let description = resource.description;
        let id = match id {
            Some(id) => item_id::read_json(self.results.value(id)?, description)?,
            None => None,
        };
        let mut unreadable = None;
        let values = values.iter().map_while(|(key, part)| {
            let value = self.results.value(&part);
            let value = value.map_err(|failure| unreadable = Some(failure)).ok()?;
            Some((key, value))
        });
        let body = write_body::read(values, description, &caller.fields, *kind)?;
        if let Some(failure) = unreadable {
            return Err(failure);
        }
        let expected_version = match if_match {
            Some(tag) => expected_version(tag.as_bytes(), description, caller)?,
            None => None,
        };
        let writer = Writer {
            settings: self.settings,
            resource,
            managed,
            caller,
        };
        let write = RequestedWrite {
            kind: *kind,
            id,
            body,
            expected_version,
            key: None,
        };
        let written = writer.write(write, &mut self.budget).await?;
        let body = writer.items(&written).response(Exchange {
            protocol_version: resource.api.protocol_version(),
            request_id: self.request_id,
        });
        self.results.store(planned, &written)?;
        let id = match &written {
            Written::Row(row) => row.get(description.id_index()).clone(),
            _ => Value::Null,
        };
        Ok((body, id))
    }
}
