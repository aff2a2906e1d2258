//! What the deletion of rows does to the rows that refer to them.
//!
//! Reasons: `docs/design/access.md`, "Foreign keys".

use super::cascade_scope::CascadeScope;
use super::{Caller, Managed};
use crate::condition::{Lookup, Operand, Operator};
use crate::error::{Error, QueryError, conflict};
use crate::field::Value;
use crate::interface::{BulkClock, BulkLimits, BulkRequest, BulkRows, Write};
use crate::manager::{Description, Values};
use crate::query::Select;

/// The most values of a field by which rows are found at once.
pub(super) const MAX_VALUES: usize = 1_000;

/// The changes that the deletion of rows causes.
pub(super) struct Cascade {
    pub(super) scope: CascadeScope,
    /// In their order: a row is deleted behind those that refer to it.
    pub(super) steps: Vec<Step>,
    pub(super) clock: BulkClock,
}

/// A change of rows of one manager.
pub(super) struct Step {
    pub(super) rows: FoundRows,
    pub(super) change: StepChange,
    /// Whether the caller deletes the rows itself.
    pub(super) is_requested: bool,
}

pub(super) enum StepChange {
    Delete,
    /// These fields become null.
    Clear(Vec<u16>),
}

/// The rows of a manager that have one of these values in a field.
pub(super) struct FoundRows {
    /// The place of the manager.
    pub(super) manager: usize,
    pub(super) field: u16,
    /// At most [`MAX_VALUES`].
    pub(super) values: Vec<Value>,
}

impl FoundRows {
    pub(super) fn select(&self) -> Select {
        let mut select = Select::new();
        select.filters.push(Lookup {
            field: self.field,
            operator: Operator::In,
            operand: Operand::List(self.values.clone()),
        });
        select
    }

    /// The id, if it is one row that is found by it.
    fn single(&self, description: &Description) -> Option<&Value> {
        match self.values.as_slice() {
            [id] if self.field == description.id_index() => Some(id),
            _ => None,
        }
    }
}

impl Cascade {
    /// Whether the deletion changes no other row.
    pub(super) fn is_empty(&self) -> bool {
        self.steps.iter().all(|step| step.is_requested)
    }

    /// Leaves the deletion of the row itself to the caller of this.
    pub(super) fn without_requested(mut self) -> Self {
        self.steps.retain(|step| !step.is_requested);
        self
    }

    /// Carries out the changes. The caller is for the audit log alone.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the rules of the other managers for their values, or other constraints, forbid a change. The errors of
    /// too many rows.
    pub(super) async fn carry_out(self, managed: &Managed, caller: Option<&Caller<'_>>) -> Result<(), Error> {
        let all = managed.limits.bulk;
        let mut left = all.rows;
        for step in self.steps {
            let Some(other) = self.scope.manager(step.rows.manager) else {
                continue;
            };
            let limits = BulkLimits {
                rows: left,
                time: self.clock.left(),
                ..all
            };
            let changed = other.carry_out_step(&step, limits, caller).await;
            let changed = changed.map_err(|error| error_of(error, managed, &all))?;
            left = left
                .checked_sub(changed)
                .ok_or_else(|| all.too_many_rows(managed.description.name()))?;
        }
        Ok(())
    }
}

impl Managed {
    /// Carries out a step, and returns the number of rows that it changed.
    async fn carry_out_step(
        &self,
        step: &Step,
        limits: BulkLimits,
        caller: Option<&Caller<'_>>,
    ) -> Result<u64, Error> {
        let write = |id: Value| match &step.change {
            StepChange::Delete => Write::Delete(id, None),
            StepChange::Clear(fields) => {
                let mut values = Values::new();
                for field in fields {
                    values.set(*field, Value::Null);
                }
                Write::Update(id, values)
            }
        };
        if let Some(id) = step.rows.single(self.description) {
            let request = self.request(write(id.clone()).into(), None)?;
            // The row may be gone already, where the foreign key of a table has deleted it.
            return self.carry_out_alone(request, caller).await.map(|_| 1);
        }
        let request = BulkRequest {
            row: self.request(write(Value::Null).into(), None)?,
            rows: BulkRows::Matching(step.rows.select()),
            filled: Vec::new(),
            limits,
        };
        self.carry_out_bulk_alone(request, caller)
            .await
            .map(|written| written.rows)
    }
}

/// The error of a deletion whose step failed.
fn error_of(error: Error, managed: &Managed, limits: &BulkLimits) -> Error {
    let manager = managed.description.name();
    match error {
        Error::Bulk { error, .. } => error_of(Error::clone(&error), managed, limits),
        Error::Invalid { .. } | Error::Conflict { .. } => is_referred(managed),
        Error::Query(QueryError::TooManyBulkRows { .. }) => limits.too_many_rows(manager),
        Error::Query(QueryError::TooManyBulkBytes { limit, .. }) => {
            QueryError::TooManyBulkBytes { manager, limit }.into()
        }
        Error::Query(QueryError::BulkTimeout { .. }) => limits.timeout(manager),
        error => error,
    }
}

/// The conflict of a row that others refer to.
pub(super) fn is_referred(managed: &Managed) -> Error {
    Error::conflict(managed.description.name(), None, conflict::REFERRED)
}
