//! Writes of many rows that a caller is allowed.

use std::sync::Arc;

use super::presets::filled_fields;
use super::{Access, Caller, Managed, Trail, is_audited};
use crate::error::{BulkRow, Error};
use crate::field::Value;
use crate::interface::{BulkRequest, BulkRows, BulkWritten, Guard, Proposal, Write, at_place};
use crate::manager::{Operation, Values};
use crate::principal::Principal;
use crate::query::Select;

/// A write of many rows before its values are judged.
#[derive(Debug)]
pub(crate) enum BulkProposal {
    /// Adds rows of these values.
    Create(Vec<Values>),
    /// Gives these fields of all rows that match new values.
    Update(Select, Values),
    /// Removes all rows that match.
    Delete(Select),
}

/// The write of many rows, with its values judged.
struct JudgedBulk {
    row: Write,
    rows: BulkRows,
}

impl BulkProposal {
    fn operation(&self) -> Operation {
        match self {
            Self::Create(_) => Operation::Create,
            Self::Update(..) => Operation::Update,
            Self::Delete(_) => Operation::Delete,
        }
    }
}

impl Managed {
    /// Carries out a write of many rows of a verb, where the caller is allowed it and its values fit. Rows that the caller may not
    /// read do not match.
    pub(crate) async fn write_many(
        &self,
        proposal: BulkProposal,
        principal: Option<&Principal>,
    ) -> Result<BulkWritten, Error> {
        let Some(principal) = principal else {
            let mut judged = self.judge_many(proposal, None)?;
            self.look_through_many(&mut judged, None).await?;
            let request = self.bulk_request(judged, None)?;
            return self.carry_out_bulk(request, None).await;
        };
        let trail = Trail::default();
        let caller = self.caller(principal, Some(&trail));
        let operation = proposal.operation();
        let written = self.write_many_for(proposal, &caller).await;
        if let Err(error) = &written
            && !trail.is_recorded()
            && is_audited()
        {
            self.audit_refusal(operation, None, error, &caller);
        }
        written
    }

    async fn write_many_for(
        &self,
        proposal: BulkProposal,
        caller: &Caller<'_>,
    ) -> Result<BulkWritten, Error> {
        let operation = proposal.operation();
        let guard = self.guard(operation, caller).inspect_err(|_| {
            self.log_refusal(operation, caller);
        })?;
        if let BulkProposal::Update(select, _) | BulkProposal::Delete(select) = &proposal {
            self.check_query(caller, select)?;
        }
        let sent = self.sent_by_row(&proposal, caller);
        let mut judged = self.judge_many(proposal, Some(caller))?;
        self.look_through_many(&mut judged, Some(caller.principal))
            .await?;
        if let BulkRows::Matching(select) = &mut judged.rows {
            match &caller.rows {
                Access::Never => return Ok(BulkWritten::default()),
                rows => select.condition = rows.condition(),
            }
        }
        let hidden: Vec<u16> = match operation {
            Operation::Update => {
                let sent = sent.first().map(Vec::as_slice).unwrap_or_default().iter();
                sent.copied()
                    .filter(|field| !caller.fields.contains(*field))
                    .collect()
            }
            _ => Vec::new(),
        };
        let guard = guard.map(|mut guard| {
            guard.assume_changed(&hidden);
            guard
        });
        let refusal = guard.as_ref().and_then(|guard| guard.refusal.clone());
        let filled = match hidden.is_empty() && self.fills_update(&judged.row) {
            true => filled_fields(self.description),
            false => Vec::new(),
        };
        let mut request = self.bulk_request(judged, guard)?;
        request.filled = filled;
        request.row.counts_as_changed = !hidden.is_empty();
        let written = self.carry_out_bulk(request, Some(caller)).await;
        written.map_err(|error| {
            if error.is_permission_denied() {
                self.log_refused_write(operation, caller, refusal.as_deref(), &hidden);
            }
            self.conceal_bulk(error, caller, &sent)
        })
    }

    /// The fields that the caller gave values in each new row, or in the update. Only a caller that may not read every field needs
    /// them.
    fn sent_by_row(&self, proposal: &BulkProposal, caller: &Caller<'_>) -> Vec<Vec<u16>> {
        if caller.fields.is_all() {
            return Vec::new();
        }
        let sent = |values: &Values| {
            let fields = values.iter().map(|(field, _)| field);
            fields
                .filter(|field| !self.description.field(*field).is_preset())
                .collect()
        };
        match proposal {
            BulkProposal::Create(rows) => rows.iter().map(sent).collect(),
            BulkProposal::Update(_, values) => vec![sent(values)],
            BulkProposal::Delete(_) => Vec::new(),
        }
    }

    /// Judges the values and the query.
    fn judge_many(&self, proposal: BulkProposal, caller: Option<&Caller<'_>>) -> Result<JudgedBulk, Error> {
        let manager = self.description.name();
        let principal = caller.map(|caller| caller.principal);
        Ok(match proposal {
            BulkProposal::Create(rows) => {
                self.limits.bulk.check_new(manager, &rows)?;
                let rows = rows.into_iter().enumerate().map(|(place, values)| {
                    let judged = self.judge_one(Operation::Create, Write::Create(values), caller);
                    match judged.map_err(at_place(self.description, place))? {
                        Write::Create(values) | Write::Update(_, values) => Ok(values),
                        Write::Delete(..) => Ok(Values::new()),
                    }
                });
                let rows: Vec<_> = rows.collect::<Result<_, Error>>()?;
                // Defaults may be larger than what was given.
                self.limits.bulk.check_new(manager, &rows)?;
                JudgedBulk {
                    row: Write::Create(Values::new()),
                    rows: BulkRows::New(rows),
                }
            }
            BulkProposal::Update(mut select, values) => {
                self.check_select(&mut select, principal)?;
                JudgedBulk {
                    row: self.judge_one(Operation::Update, Write::Update(Value::Null, values), caller)?,
                    rows: BulkRows::Matching(select),
                }
            }
            BulkProposal::Delete(mut select) => {
                self.check_select(&mut select, principal)?;
                JudgedBulk {
                    row: Write::Delete(Value::Null, None),
                    rows: BulkRows::Matching(select),
                }
            }
        })
    }

    /// Prepares the lookups through references of the query.
    async fn look_through_many(
        &self,
        judged: &mut JudgedBulk,
        principal: Option<&Principal>,
    ) -> Result<(), Error> {
        match &mut judged.rows {
            BulkRows::Matching(select) if select.looks_through() => {
                Box::pin(self.look_through(select, &mut true, principal)).await
            }
            BulkRows::Matching(_) | BulkRows::New(_) => Ok(()),
        }
    }

    /// Judges the values of one write.
    fn judge_one(
        &self,
        operation: Operation,
        write: Write,
        caller: Option<&Caller<'_>>,
    ) -> Result<Write, Error> {
        if let (Some(caller), Write::Create(values) | Write::Update(_, values)) = (caller, &write) {
            let fields = values.iter().map(|(field, _)| field);
            self.check_written(caller, operation, fields)?;
            self.refuse_presets(values)?;
        }
        self.judge(operation, Proposal::from(write), caller)
            .map(|judged| judged.write)
    }

    fn bulk_request(&self, judged: JudgedBulk, guard: Option<Box<Guard>>) -> Result<BulkRequest, Error> {
        let JudgedBulk { row, rows } = judged;
        Ok(BulkRequest {
            row: self.request(row.into(), guard)?,
            rows,
            filled: Vec::new(),
            limits: self.limits.bulk,
        })
    }

    async fn carry_out_bulk(
        &self,
        request: BulkRequest,
        caller: Option<&Caller<'_>>,
    ) -> Result<BulkWritten, Error> {
        if self
            .foreign_keys()
            .is_some_and(|keys| keys.concern_many(&request))
        {
            return Box::pin(self.carry_out_referring_bulk(request, caller)).await;
        }
        self.carry_out_bulk_alone(request, caller).await
    }

    /// Carries out a write of many rows of one manager.
    pub(super) async fn carry_out_bulk_alone(
        &self,
        request: BulkRequest,
        caller: Option<&Caller<'_>>,
    ) -> Result<BulkWritten, Error> {
        if is_audited() {
            return Box::pin(self.carry_out_bulk_audited(request, caller)).await;
        }
        self.interface.write_many(request).await
    }

    /// The error without what it says of fields that the caller may not read.
    fn conceal_bulk(&self, error: Error, caller: &Caller<'_>, sent: &[Vec<u16>]) -> Error {
        let sent_at = |place: usize| sent.get(place).map(Vec::as_slice).unwrap_or_default();
        match error {
            Error::Bulk { manager, row, error } => {
                let place = match &row {
                    BulkRow::Place(place) => usize::try_from(*place).unwrap_or(usize::MAX),
                    BulkRow::Id(_) => 0,
                };
                Error::Bulk {
                    manager,
                    row,
                    error: Arc::new(self.conceal(Error::clone(&error), caller, sent_at(place))),
                }
            }
            error => self.conceal(error, caller, sent_at(0)),
        }
    }
}
