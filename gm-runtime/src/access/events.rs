//! What the subscribers of a caller learn of a change.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Access;
use super::caller::readable_fields;
use crate::change::{Action, Change, Images};
use crate::condition::ConditionTree;
use crate::manager::{Description, FieldSet, Operation, Record};
use crate::principal::Principal;
use crate::query::lookups;

static EVERY_ROW: ConditionTree = ConditionTree::Constant(true);
static NO_ROW: ConditionTree = ConditionTree::Constant(false);

/// What a subscriber may read. Subscribers that may read the same receive the same events.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Readable {
    rows: Access,
    fields: FieldSet,
}

impl Readable {
    /// Nothing.
    pub(crate) const NOTHING: Self = Self {
        rows: Access::Never,
        fields: FieldSet::ALL,
    };

    /// What this caller may read as a subscriber: no row if the rule panics. A panic must reach neither the thread that commits
    /// nor that of other sockets.
    pub(crate) fn by(principal: &Principal, description: &'static Description) -> Self {
        let rule = description.permissions().rule(Operation::Detail);
        let rows = catch_unwind(AssertUnwindSafe(|| rule.access(principal, description)));
        let rows = rows.unwrap_or_else(|_| {
            let manager = description.name();
            tracing::error!(
                manager,
                "the rule for reading panicked, so its caller may read no row"
            );
            Access::Never
        });
        Self {
            rows,
            fields: readable_fields(description, principal),
        }
    }

    /// Whether no row may be read.
    pub(crate) fn is_nothing(&self) -> bool {
        self.rows == Access::Never
    }

    /// Whether every field of every row may be read.
    pub(crate) fn is_everything(&self) -> bool {
        self.rows == Access::Always && self.fields.is_all()
    }

    /// The condition of the rows that may be read.
    pub(crate) fn condition(&self) -> &ConditionTree {
        match &self.rows {
            Access::Always => &EVERY_ROW,
            Access::Never => &NO_ROW,
            Access::Rows(condition) => condition,
        }
    }

    /// The stored fields on which the subscriber's answers depend. A computed field may depend on any.
    fn fields_of_answers(&self, description: &Description) -> &FieldSet {
        let stored = description.fields().len();
        let mut computed = (0_u16..).take(description.field_count()).skip(stored);
        match computed.any(|field| self.fields.contains(field)) {
            true => &FieldSet::ALL,
            false => &self.fields,
        }
    }

    /// The action of the event for this change. `None` if no answer that the subscriber can get has changed.
    pub(crate) fn received_action(
        &self,
        change: &Change,
        description: &'static Description,
    ) -> Option<Action> {
        if self.is_everything() {
            return Some(change.action());
        }
        let Some(images) = change.images(description) else {
            return match self.rows {
                Access::Always => Some(change.action()),
                Access::Never => None,
                // It is unknown whether these callers may read the row, so they do not learn its id.
                Access::Rows(_) => Some(Action::Refresh),
            };
        };
        if !images.has_rows() {
            return self.action_of_fields(change, images, description);
        }
        let condition = self.condition();
        let sees = |image: &Option<Record>| image.as_ref().is_some_and(|row| condition.accepts(row));
        match (sees(&images.before), sees(&images.after)) {
            (true, true) => images
                .changes_any(self.fields_of_answers(description))
                .then(|| change.action()),
            (false, true) => Some(Action::Create),
            (true, false) => Some(Action::Delete),
            (false, false) => None,
        }
    }

    /// The action of the event for an update of fields in rows that are not known. It concerns a subscriber that may read one of the
    /// fields, or whose rows depend on one.
    fn action_of_fields(
        &self,
        change: &Change,
        images: &Images,
        description: &'static Description,
    ) -> Option<Action> {
        let is_read = images.changes_any(self.fields_of_answers(description));
        match &self.rows {
            Access::Always => is_read.then(|| change.action()),
            Access::Never => None,
            Access::Rows(condition) => {
                let moves_rows = || {
                    let compared: Vec<u16> = lookups(condition).map(|lookup| lookup.field).collect();
                    images.changes_any(&FieldSet::of(description, |field| compared.contains(&field)))
                };
                (is_read || moves_rows()).then_some(Action::Refresh)
            }
        }
    }
}
