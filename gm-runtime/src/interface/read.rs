//! A read of a manager's rows.

use std::sync::Arc;

use super::Answer;
use crate::condition::ConditionTree;
use crate::error::Error;
use crate::field::Value;
use crate::manager::Record;
use crate::protocol::items::{ItemsPage, RowWriter};
use crate::query::{ErasedManager, GroupBy, RecordPage, Select};

/// A read of a manager's rows.
pub(crate) struct Read<'a> {
    pub(crate) target: Target<'a>,
    pub(crate) representation: Representation<'a>,
    /// Whether an answer from the cache will not do.
    pub(crate) fresh: bool,
}

/// The rows that are read.
pub(crate) enum Target<'a> {
    /// The rows that match a select.
    Page(Select),
    /// The numbers of the rows that match a select by the values of a field, on all pages. The answer is [`Answer::Groups`].
    Groups { select: Select, by: GroupBy },
    /// The row of this id. A row that does not meet the condition is answered like a row that does not exist.
    ///
    /// Only an interface that [applies conditions](super::ErasedInterface::applies_conditions) gets one. `access` judges the
    /// rows of the others.
    Row {
        id: &'a Value,
        condition: Option<Arc<ConditionTree>>,
    },
}

/// The representation of the rows of an answer.
#[derive(Clone, Copy)]
pub(crate) enum Representation<'a> {
    /// Rows of the manager's type, for the verbs. A single row may stay a [`Record`], which the verb decodes.
    Typed(&'static ErasedManager),
    /// JSON, for the replies of the server.
    Json(&'a Arc<RowWriter>),
    /// Records that are not decoded.
    Records,
}

impl<'a> Target<'a> {
    /// The row of this id, whether a caller may read it or not.
    pub(crate) fn row(id: &'a Value) -> Self {
        Self::Row { id, condition: None }
    }
}

impl Representation<'_> {
    /// The answer that holds these rows.
    pub(crate) fn page(self, page: RecordPage) -> Result<Answer, Error> {
        match self {
            Self::Typed(manager) => manager.page(page).map(Answer::Page),
            Self::Json(writer) => ItemsPage::of(&page, writer).map(Answer::Json),
            Self::Records => Ok(Answer::Records(page)),
        }
    }

    /// The answer that holds this row.
    pub(crate) fn row(self, row: Option<Record>) -> Result<Answer, Error> {
        match (self, row) {
            (_, None) => Ok(Answer::Nothing),
            (Self::Json(writer), Some(row)) => ItemsPage::of_row(&row, writer).map(Answer::Json),
            (Self::Typed(_) | Self::Records, Some(row)) => Ok(Answer::Record(row)),
        }
    }
}
