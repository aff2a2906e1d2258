//! The judgement of a write by the caller's rules, where the row is stored.

use std::sync::Arc;

use super::refused_write::{GuardRule, LastRefusal, RefusedWrite};
use crate::condition::ConditionTree;
use crate::error::{Error, Operation};
use crate::manager::{Description, Record, Values};
use crate::query::KnownRow;

/// The rules that a caller's write must meet. The storage judges them with the row that is there when it writes, so that no
/// other write comes between.
///
/// A write of the service's own code has no guard. A condition that is `None` accepts every row. A condition whose result
/// depends on a field that is unknown accepts no row.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    pub(crate) description: &'static Description,
    pub(crate) operation: Operation,
    /// The rows that the caller may read, if this depends on the row. Other rows do not exist for the caller.
    pub(crate) sight: Option<Arc<ConditionTree>>,
    /// The rows that the caller may write, as they are stored.
    pub(crate) before: Option<Arc<ConditionTree>>,
    /// The rows that the caller may write, as they will be.
    pub(crate) after: Option<Arc<ConditionTree>>,
    /// Gets the rows of a refused write. `None` if refusals are not logged.
    pub(crate) refusal: Option<Arc<LastRefusal>>,
}

impl Guard {
    /// Whether the caller may read this row. The storage answers "missing" for another one.
    pub(crate) fn sees<'r>(&self, row: impl Into<KnownRow<'r>>) -> bool {
        accepts(self.sight.as_deref(), row.into(), None)
    }

    /// Judges a new row before it is stored. An id that the storage assigns is unknown.
    pub(crate) fn judge_new(&self, row: &Record) -> Result<(), Error> {
        let id = [self.description.id_index()];
        let unknown: &[u16] = if self.description.id_assigned() { &id } else { &[] };
        let row = row.values();
        self.judge_create(KnownRow { row, unknown })
    }

    /// Judges a new row, as far as it is known.
    pub(crate) fn judge_create<'r>(&self, new: impl Into<KnownRow<'r>>) -> Result<(), Error> {
        self.judge(GuardRule::After, new.into(), None)
    }

    /// Judges a new row of these values for another service, which has the defaults of the other fields.
    pub(crate) fn judge_sent(&self, values: &Values) -> Result<(), Error> {
        let fields = self.description.fields().len();
        let unknown: Vec<u16> = (0..)
            .take(fields)
            .filter(|field| values.get(*field).is_none())
            .collect();
        let row = &values.clone().into_record(fields);
        self.judge_create(KnownRow {
            row: row.values(),
            unknown: &unknown,
        })
    }

    /// Judges an update of a row that the caller sees.
    pub(crate) fn judge_update<'r>(
        &self,
        before: impl Into<KnownRow<'r>>,
        after: impl Into<KnownRow<'r>>,
    ) -> Result<(), Error> {
        let (before, after) = (before.into(), after.into());
        self.judge(GuardRule::Before, before, Some(after))?;
        self.judge(GuardRule::After, after, Some(before))
    }

    /// Judges a stored row that the caller sees, as for its deletion.
    pub(crate) fn judge_stored<'r>(&self, row: impl Into<KnownRow<'r>>) -> Result<(), Error> {
        self.judge(GuardRule::Before, row.into(), None)
    }

    /// The error of a write, without what a conflict says. It is for storage that does not say with which row the write
    /// conflicts, since the caller may not see that row.
    pub(crate) fn without_conflict(&self, error: Error) -> Error {
        if self.sight.is_some() && error.is_conflict() {
            return Error::taken(self.description.name(), None);
        }
        error
    }

    /// Judges these fields as changed, whatever their stored values are. A caller that may not read them would learn from
    /// `changed(..)` which value is stored.
    pub(crate) fn assume_changed(&mut self, fields: &[u16]) {
        if fields.is_empty() {
            return;
        }
        for rule in [&mut self.before, &mut self.after].into_iter().flatten() {
            let assumed = rule.with_changed(fields);
            *rule = Arc::new(assumed);
        }
    }

    fn judge(&self, rule: GuardRule, row: KnownRow<'_>, other: Option<KnownRow<'_>>) -> Result<(), Error> {
        let condition = match rule {
            GuardRule::Before => self.before.as_deref(),
            GuardRule::After => self.after.as_deref(),
        };
        if accepts(condition, row, other) {
            return Ok(());
        }
        if let Some(refusal) = &self.refusal {
            refusal.set(RefusedWrite::new(rule, row, other));
        }
        Err(Error::PermissionDenied {
            manager: self.description.name(),
            operation: self.operation,
        })
    }
}

/// Whether a rule accepts a row, in an update from or to the other row.
fn accepts(rule: Option<&ConditionTree>, row: KnownRow<'_>, other: Option<KnownRow<'_>>) -> bool {
    rule.is_none_or(|rule| rule.accepts_update(row, other.unwrap_or(row)))
}
