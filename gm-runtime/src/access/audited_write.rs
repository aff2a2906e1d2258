//! Writes with an entry in the audit log.

use std::sync::Arc;

use super::audit::{AuditEntry, outcome_of};
use super::held_entries::HeldEntries;
use super::{Caller, Managed, is_audited};
use crate::detached::detached;
use crate::error::Error;
use crate::field::Value;
use crate::interface::{BulkRequest, BulkWritten, InFlight, Write, WriteRequest, Written};
use crate::manager::Operation;
use crate::protocol::loop_detection;

impl Managed {
    /// Carries out a write, and records its outcome when it ends, even if its caller has left.
    pub(super) async fn carry_out_audited(
        &self,
        request: WriteRequest,
        caller: Option<&Caller<'_>>,
    ) -> Result<Written, Error> {
        let mut recording = Recording {
            entry: Some(self.audit_entry(&request.write, caller)),
            held_entries: self.held_entries().cloned(),
            // A service that ends waits for the entry, too.
            _in_flight: self.writes.begin().ok(),
        };
        let write = self.interface.write(request);
        let id_index = self.description.id_index();
        let audited = async move {
            let written = write.await;
            recording.end(&written, id_index);
            written
        };
        if self.held_entries().is_some() {
            return audited.await;
        }
        let panicked = || Error::storage(anyhow::anyhow!("the storage panicked in a write"));
        detached(loop_detection::inherit(audited))
            .await
            .unwrap_or_else(|| Err(panicked()))
    }

    /// Carries out a write of many rows, and records its outcome with the number of rows when it ends.
    pub(super) async fn carry_out_bulk_audited(
        &self,
        request: BulkRequest,
        caller: Option<&Caller<'_>>,
    ) -> Result<BulkWritten, Error> {
        let mut recording = Recording {
            entry: Some(self.audit_entry(&request.row.write, caller)),
            held_entries: self.held_entries().cloned(),
            _in_flight: self.writes.begin().ok(),
        };
        let write = self.interface.write_many(request);
        let audited = async move {
            let written = write.await;
            recording.end_bulk(&written);
            written
        };
        if self.held_entries().is_some() {
            return audited.await;
        }
        let panicked = || Error::storage(anyhow::anyhow!("the storage panicked in a write of many rows"));
        detached(loop_detection::inherit(audited))
            .await
            .unwrap_or_else(|| Err(panicked()))
    }

    /// Records a write that is not carried out, since its answer is stored.
    pub(super) fn audit_replay(&self, write: &Write, caller: Option<&Caller<'_>>) {
        self.audit_entry(write, caller).record(REPLAYED);
    }

    /// Records an update that changes nothing.
    pub(super) fn audit_unchanged(&self, write: &Write, caller: &Caller<'_>) {
        self.audit_entry(write, Some(caller)).record(DONE);
    }

    /// Records a write that the storage was not asked for: its row is missing, or this is the error.
    pub(super) fn audit_unwritten(&self, write: &Write, error: Option<&Error>, caller: Option<&Caller<'_>>) {
        // A transaction in conflict is carried out again.
        let is_recorded = !matches!(error, Some(Error::Transaction(_)));
        if is_recorded && is_audited() {
            let outcome = error.map_or(NOT_FOUND, outcome_of);
            self.audit_entry(write, caller).record(outcome);
        }
    }

    /// Records that an operation of a handle that acts as a caller was refused. The server records the refusals of its own
    /// requests.
    pub(super) fn audit_refusal(
        &self,
        operation: Operation,
        id: Option<&Value>,
        error: &Error,
        caller: &Caller<'_>,
    ) {
        let mut entry = AuditEntry::of_caller(
            self.description,
            operation.name(),
            Some(caller.principal),
            caller.trail,
        );
        if let Some(id) = id {
            entry.set_id(id);
        }
        entry.record(outcome_of(error));
    }

    /// The entry of a write that begins.
    fn audit_entry(&self, write: &Write, caller: Option<&Caller<'_>>) -> AuditEntry {
        let description = self.description;
        let (operation, id, comment) = match write {
            Write::Create(values) => {
                let id = values.get(description.id_index());
                (Operation::Create, id, values.history_comment())
            }
            Write::Update(id, values) => (Operation::Update, Some(id), values.history_comment()),
            Write::Delete(id, comment) => (Operation::Delete, Some(id), comment.as_deref()),
        };
        let mut entry = match caller {
            None => AuditEntry::of_service(description, operation.name()),
            Some(caller) => {
                if let Some(trail) = caller.trail {
                    trail.set_recorded();
                }
                let principal = Some(caller.principal);
                AuditEntry::of_caller(description, operation.name(), principal, caller.trail)
            }
        };
        if let Some(id) = id {
            entry.set_id(id);
        }
        entry.set_comment(comment);
        entry
    }
}

const DONE: &str = "done";
const REPLAYED: &str = "replayed";
const NOT_FOUND: &str = "not_found";

/// Records the outcome of a write at its end. It is unknown if the write panics, or its runtime ends before it does.
struct Recording {
    entry: Option<AuditEntry>,
    /// Holds the entry of a write that was carried out inside of a transaction.
    held_entries: Option<Arc<HeldEntries>>,
    _in_flight: Option<InFlight>,
}

impl Recording {
    fn end(&mut self, written: &Result<Written, Error>, id_index: u16) {
        let Some(mut entry) = self.entry.take() else {
            return;
        };
        if let Ok(Written::Row(row)) = written {
            entry.set_id(row.get(id_index));
        }
        entry.record(match written {
            Ok(Written::Row(_) | Written::Unreadable | Written::Deleted) => match &self.held_entries {
                Some(entries) => return entries.add(entry),
                None => DONE,
            },
            Ok(Written::Missing) => NOT_FOUND,
            Ok(Written::Replay(_)) => REPLAYED,
            Err(error) => outcome_of(error),
        });
    }
}

impl Recording {
    fn end_bulk(&mut self, written: &Result<BulkWritten, Error>) {
        let Some(mut entry) = self.entry.take() else {
            return;
        };
        match written {
            Ok(written) => {
                entry.set_rows(written.rows);
                match &self.held_entries {
                    Some(entries) => entries.add(entry),
                    None => entry.record(DONE),
                }
            }
            Err(error) => entry.record(outcome_of(error)),
        }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        if let Some(entry) = self.entry.take() {
            entry.record("unknown");
        }
    }
}
