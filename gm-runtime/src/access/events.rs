//! What the subscribers of a caller learn of a change.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Access;
use crate::change::{Action, Change};
use crate::condition::ConditionTree;
use crate::manager::{Description, Operation};
use crate::principal::Principal;

impl Access {
    /// The rows whose changes the caller receives: those that it may read.
    ///
    /// A rule of the application that panics allows no row. The panic must not end the thread of the websockets, nor a
    /// write.
    pub(crate) fn of_subscriber(principal: &Principal, description: &'static Description) -> Self {
        let rule = description.permissions().rule(Operation::Detail);
        catch_unwind(AssertUnwindSafe(|| rule.access(principal, description))).unwrap_or_else(|_| {
            let manager = description.name();
            tracing::error!(
                manager,
                "the rule for reading panicked, so its caller may read no row"
            );
            Self::Never
        })
    }

    /// The action of the event that callers of this access receive for a change. `None` if they receive nothing, since no
    /// answer that they can get has changed.
    ///
    /// A row that comes in sight was created for these callers, and a row that leaves their sight was deleted.
    pub(crate) fn received_action(
        &self,
        change: &Change,
        description: &'static Description,
    ) -> Option<Action> {
        let condition = match self {
            Self::Always => return Some(change.action()),
            Self::Never => return None,
            Self::Rows(condition) => condition,
        };
        received_action(condition, change, description)
    }
}

/// The action of the event that callers receive who may read the rows of this condition.
pub(crate) fn received_action(
    condition: &ConditionTree,
    change: &Change,
    description: &'static Description,
) -> Option<Action> {
    let Some(images) = change.images(description) else {
        // It is unknown whether these callers may read the row, so they do not learn its id.
        return Some(Action::Refresh);
    };
    let sees = |image: &Option<_>| image.as_ref().is_some_and(|row| condition.accepts(row));
    match (sees(&images.before), sees(&images.after)) {
        (true, true) => Some(change.action()),
        (false, true) => Some(Action::Create),
        (true, false) => Some(Action::Delete),
        (false, false) => None,
    }
}
