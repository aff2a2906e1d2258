//! The judgement of a write by the caller's rules, where the row is stored.

use std::sync::Arc;

use crate::condition::ConditionTree;
use crate::error::{Error, Operation};
use crate::manager::{Description, Record};

/// The rules that a caller's write must meet. The storage judges them with the row that is there when it writes, so that no
/// other write comes between.
///
/// A write of the service's own code has no guard. A condition that is `None` accepts every row.
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
}

impl Guard {
    /// Whether the caller may read this row. The storage answers "missing" for another one.
    pub(crate) fn sees(&self, row: &Record) -> bool {
        self.sight.as_ref().is_none_or(|sight| sight.accepts(row))
    }

    /// Judges a new row.
    pub(crate) fn judge_create(&self, new: &Record) -> Result<(), Error> {
        self.permit(self.after.as_ref().is_none_or(|after| after.accepts(new)))
    }

    /// Judges an update of a row that the caller sees.
    pub(crate) fn judge_update(&self, before: &Record, after: &Record) -> Result<(), Error> {
        let accepts_before = |rule: &Arc<ConditionTree>| rule.accepts_update(before, after);
        let accepts_after = |rule: &Arc<ConditionTree>| rule.accepts_update(after, before);
        let before = self.before.as_ref().is_none_or(accepts_before);
        self.permit(before && self.after.as_ref().is_none_or(accepts_after))
    }

    /// Judges the deletion of a row that the caller sees.
    pub(crate) fn judge_delete(&self, row: &Record) -> Result<(), Error> {
        self.permit(self.before.as_ref().is_none_or(|before| before.accepts(row)))
    }

    fn permit(&self, permitted: bool) -> Result<(), Error> {
        if permitted {
            return Ok(());
        }
        Err(Error::PermissionDenied {
            manager: self.description.name(),
            operation: self.operation,
        })
    }
}
