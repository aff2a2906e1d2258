//! Writes that a caller is allowed.

use super::read::hide;
use super::{Caller, Managed, Trail, is_audited};
use crate::error::Error;
use crate::field::Value;
use crate::interface::{Guard, IdempotencyKey, KeyedRequest, Proposal, Replay, Write, WriteRequest, Written};
use crate::manager::Operation;
use crate::principal::Principal;

/// A write whose values are judged, with what its storage judges.
pub(super) struct Judged {
    pub(super) write: Write,
    /// The version that the row must have.
    expected_version: Option<i64>,
    key: Option<IdempotencyKey>,
}

impl Judged {
    /// A write without an idempotency key.
    pub(super) fn new(write: Write, expected_version: Option<i64>) -> Self {
        Self {
            write,
            expected_version,
            key: None,
        }
    }
}

impl From<Write> for Judged {
    fn from(write: Write) -> Self {
        Self::new(write, None)
    }
}

impl Managed {
    /// Carries out a write of a verb, where the caller is allowed it and its values fit. Of the row it returns what the caller
    /// may read.
    pub(crate) async fn write(
        &self,
        proposal: Proposal,
        principal: Option<&Principal>,
    ) -> Result<Written, Error> {
        let (operation, id) = match &proposal.write {
            Write::Create(_) => (Operation::Create, None),
            Write::Update(id, _) => (Operation::Update, Some(id.clone())),
            Write::Delete(id, _) => (Operation::Delete, Some(id.clone())),
        };
        let Some(principal) = principal else {
            return self
                .write_with(operation, id.as_ref(), || Ok(proposal), None)
                .await;
        };
        let trail = Trail::default();
        let caller = self.caller(principal, Some(&trail));
        let make = || {
            if let Write::Create(values) | Write::Update(_, values) = &proposal.write {
                let fields = values.iter().map(|(field, _)| field);
                self.check_written(&caller, operation, fields)?;
                self.refuse_presets(values)?;
            }
            Ok::<_, Error>(proposal)
        };
        let written = self.write_with(operation, id.as_ref(), make, Some(&caller));
        let written = Box::pin(written).await;
        if let Err(error) = &written
            && !trail.is_recorded()
            && is_audited()
        {
            self.audit_refusal(operation, id.as_ref(), error, &caller);
        }
        match written? {
            Written::Row(_) if caller.missing_field(self.description).is_some() => Ok(Written::Unreadable),
            Written::Row(mut row) => {
                hide(row.values_mut(), &caller.fields);
                Ok(Written::Row(row))
            }
            written => Ok(written),
        }
    }

    /// Carries out a write that is made late. The contract orders the refusals: a row that does not exist, then a denied
    /// permission, then what is wrong with the write.
    pub(crate) async fn write_with<E: From<Error>>(
        &self,
        operation: Operation,
        id: Option<&Value>,
        make: impl FnOnce() -> Result<Proposal, E>,
        caller: Option<&Caller<'_>>,
    ) -> Result<Written, E> {
        let guard = caller.map(|caller| self.guard(operation, caller)).transpose();
        let guard = match guard {
            Ok(guard) => guard.flatten(),
            Err(denied) => {
                if let Some(caller) = caller {
                    self.log_refusal(operation, caller);
                }
                return Err(match id {
                    // A caller whose rules allow no row learns of none.
                    Some(id) if !self.judges_row(operation) => self.refusal(id, denied.into(), false).await,
                    _ => denied.into(),
                });
            }
        };
        let judged = make().and_then(|proposal| self.judge(operation, proposal, caller).map_err(E::from));
        let judged = match (judged, id) {
            (Ok(judged), _) => judged,
            (Err(error), None) => return Err(error),
            (Err(error), Some(id)) => {
                return Err(match (&guard, caller) {
                    (Some(guard), Some(caller)) => self.judged_refusal(id, error, guard, caller).await,
                    _ => self.refusal(id, error, caller.is_some()).await,
                });
            }
        };
        let written = match caller {
            None => {
                let request = self.request(judged, None)?;
                self.carry_out(request, None).await?
            }
            Some(caller) => self.carry_out_for(operation, judged, guard, caller).await?,
        };
        match (written, id) {
            (Written::Missing, Some(id)) => {
                if let Some(caller) = caller.filter(|_| self.description.has_row_rule()) {
                    self.log_refusal(operation, caller);
                }
                Err(self.not_found(id).into())
            }
            (Written::Row(row), _) if caller.is_some_and(|caller| !caller.sees(&row)) => {
                Ok(Written::Unreadable)
            }
            (Written::Replay(replay), _) => Ok(Written::Replay(match *replay {
                Replay::Forwarded(Written::Row(row)) if caller.is_some_and(|caller| !caller.sees(&row)) => {
                    Box::new(Replay::Forwarded(Written::Unreadable))
                }
                replay => Box::new(replay),
            })),
            (written, _) => Ok(written),
        }
    }

    /// Stores the answer of a request that is refused, under its idempotency key. Returns what the key stands for already, if it
    /// does.
    pub(crate) async fn remember(&self, request: KeyedRequest) -> Result<Option<Replay>, Error> {
        self.interface.remember(request, self.writes.begin()?).await
    }

    /// The write of a proposal, with the fields that the framework fills.
    pub(super) fn judge(
        &self,
        operation: Operation,
        mut proposal: Proposal,
        caller: Option<&Caller<'_>>,
    ) -> Result<Judged, Error> {
        let (expected_version, key) = (proposal.expected_version, proposal.key.take());
        let of_write = |write| Judged {
            write,
            expected_version,
            key,
        };
        let Some(caller) = caller else {
            return self.interface.judge(proposal).map(of_write);
        };
        if expected_version.is_some() {
            self.check_version(caller)?;
        }
        let sent = self.sent_fields(operation, &proposal, caller);
        self.fill_presets(operation, &mut proposal.write, caller)?;
        let judged = self.interface.judge(proposal);
        judged
            .map(of_write)
            .map_err(|error| self.conceal(error, caller, &sent))
    }

    /// The fields that a caller knows from its own write. Only a caller that may not read every field needs them.
    fn sent_fields(&self, operation: Operation, proposal: &Proposal, caller: &Caller<'_>) -> Vec<u16> {
        let (Write::Create(values) | Write::Update(_, values)) = &proposal.write else {
            return Vec::new();
        };
        if caller.reads_every_field() {
            return Vec::new();
        }
        let mut sent: Vec<_> = values.iter().map(|(field, _)| field).collect();
        let wrong = proposal.errors.iter().filter_map(|error| error.field());
        sent.extend(wrong.filter_map(|name| self.description.field_index(name)));
        self.known_fields(operation, sent, caller)
    }

    /// The fields that a caller knows which sent these ones. A caller that may give a field of a new row is informed if it is required.
    fn known_fields(&self, operation: Operation, sent: Vec<u16>, caller: &Caller<'_>) -> Vec<u16> {
        let mut known = sent;
        if operation == Operation::Create && !caller.reads_every_field() {
            let every = (0..).take(self.description.fields().len());
            known.extend(every.filter(|field| {
                let field = self.description.field(*field);
                !field.is_preset() && field.create_rule().allows(caller.principal)
            }));
        }
        known
    }

    async fn carry_out_for(
        &self,
        operation: Operation,
        judged: Judged,
        guard: Option<Box<Guard>>,
        caller: &Caller<'_>,
    ) -> Result<Written, Error> {
        let Judged {
            write,
            expected_version,
            ..
        } = &judged;
        let sent: Vec<u16> = match write {
            Write::Create(values) | Write::Update(_, values) if !caller.reads_every_field() => {
                let fields = values.iter().map(|(field, _)| field);
                fields
                    .filter(|field| !self.description.field(*field).is_preset())
                    .collect()
            }
            _ => Vec::new(),
        };
        let hidden: Vec<u16> = sent
            .iter()
            .copied()
            .filter(|field| !caller.reads(*field))
            .collect();
        let guard = guard.map(|mut guard| {
            guard.assume_changed(&hidden);
            guard
        });
        let refusal = guard.as_ref().and_then(|guard| guard.refusal.clone());
        // A hidden field counts as changed. The fields that the framework fills would tell whether its value was the stored one.
        let unchanged = match hidden.is_empty() && self.fills_update(write) {
            true => Box::pin(self.unchanged(write, guard.as_deref(), *expected_version)).await,
            false => Ok(None),
        };
        let written = match unchanged {
            Ok(Some(unchanged)) => {
                if is_audited() {
                    self.audit_unchanged(write, caller);
                }
                match judged.key {
                    Some(IdempotencyKey::Request(request)) => {
                        Box::pin(self.remember_unchanged(*request, unchanged)).await
                    }
                    _ => Ok(unchanged),
                }
            }
            Ok(None) => {
                let request = WriteRequest {
                    counts_as_changed: !hidden.is_empty(),
                    ..self.request(judged, guard)?
                };
                self.carry_out(request, Some(caller)).await
            }
            Err(denied) => Err(denied),
        };
        written.map_err(|error| {
            if matches!(error, Error::PermissionDenied { .. }) {
                self.log_refused_write(operation, caller, refusal.as_deref(), &hidden);
            }
            let known = self.known_fields(operation, sent, caller);
            self.conceal_refusal(operation, error, caller, &known)
        })
    }

    /// Stores the answer to an update that changes nothing.
    async fn remember_unchanged(&self, request: KeyedRequest, unchanged: Written) -> Result<Written, Error> {
        let Some(answer) = request.answer(&unchanged) else {
            return Ok(unchanged);
        };
        let replay = self.remember(KeyedRequest::answered(request.id, answer)).await?;
        Ok(replay.map_or(unchanged, |replay| Written::Replay(Box::new(replay))))
    }

    pub(super) fn request(&self, judged: Judged, guard: Option<Box<Guard>>) -> Result<WriteRequest, Error> {
        let Judged {
            write,
            expected_version,
            key,
        } = judged;
        Ok(WriteRequest {
            write,
            guard,
            expected_version,
            counts_as_changed: false,
            key,
            in_flight: self.writes.begin()?,
        })
    }

    async fn carry_out(&self, request: WriteRequest, caller: Option<&Caller<'_>>) -> Result<Written, Error> {
        if self
            .foreign_keys()
            .is_some_and(|keys| keys.concern(&request.write))
        {
            return Box::pin(self.carry_out_referring(request, caller)).await;
        }
        self.carry_out_alone(request, caller).await
    }

    /// Carries out a write of one row.
    pub(super) async fn carry_out_alone(
        &self,
        request: WriteRequest,
        caller: Option<&Caller<'_>>,
    ) -> Result<Written, Error> {
        if is_audited() {
            return Box::pin(self.carry_out_audited(request, caller)).await;
        }
        self.interface.write(request).await
    }
}
