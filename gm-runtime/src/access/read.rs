//! The rows that a caller may read, in any representation.

use super::{Access, Caller, Managed};
use crate::condition::ConditionTree;
use crate::error::Error;
use crate::field::Value;
use crate::interface::{Answer, Read, Representation, Target, leaves_no_row_to_judge};
use crate::manager::{FieldSet, Operation, Record, Records};
use crate::protocol::items::ItemsPage;
use crate::query::{KeyMemo, Question, RecordPage, Select};

impl Managed {
    /// The rows that match and that the caller may read, with the fields that the caller may read. The writer of a
    /// representation in JSON writes these fields.
    pub(super) async fn page_of(
        &self,
        caller: &Caller<'_>,
        mut select: Select,
        fresh: bool,
        representation: Representation<'_>,
    ) -> Result<Answer, Error> {
        let condition = match &caller.rows {
            Access::Never => {
                let rows = Records::new(self.description);
                return representation.page(RecordPage::new(rows, select.count.then_some(0)));
            }
            rows => rows.condition(),
        };
        if let Some(condition) = &condition
            && !self.interface.applies_conditions()
        {
            let page = Box::pin(self.judged_page(select, condition.clone(), fresh)).await?;
            return caller.show_page(Answer::Records(page), representation);
        }
        self.interface.fill_page(&mut select)?;
        select.condition = condition;
        if self.hides_fields(caller, representation) {
            let page = self.read_page(select, fresh, Representation::Records).await?;
            return caller.show_page(page, representation);
        }
        self.read_page(select, fresh, representation).await
    }

    /// The row of this id with the fields that the caller may read, if the row exists and the caller may read it.
    pub(super) async fn row_of(
        &self,
        caller: &Caller<'_>,
        id: &Value,
        fresh: bool,
        representation: Representation<'_>,
    ) -> Result<Answer, Error> {
        if caller.rows == Access::Never {
            let denied = self.denied(Operation::Detail);
            self.log_refusal(Operation::Detail, caller);
            // Without a rule about rows, a missing row comes first.
            return Err(if self.description.has_row_rule() {
                denied
            } else {
                self.refusal(id, denied, false).await
            });
        }
        let condition = caller.rows.condition();
        let judged = condition.clone().filter(|_| !self.interface.applies_conditions());
        let in_records = judged.is_some() || self.hides_fields(caller, representation);
        if let Some(judged) = judged.as_deref().filter(|_| !fresh)
            && let Some(row) = self.cached_in_sight(id, judged)?
        {
            return caller.show_row(Some(row), representation);
        }
        let read = Read {
            target: Target::Row {
                id,
                condition: condition.clone().filter(|_| judged.is_none()),
            },
            representation: if in_records {
                Representation::Records
            } else {
                representation
            },
            fresh: fresh || judged.is_some(),
        };
        let row = match self.interface.read(read).await {
            // The owner's answer has details that the answer for a hidden row would lack.
            Err(error) if condition.is_some() && leaves_no_row_to_judge(&error) => Answer::Nothing,
            read => read?,
        };
        let row = match (row, in_records) {
            (Answer::Nothing, _) => Answer::Nothing,
            (row, false) => row,
            (row, true) => {
                let row = row.record()?;
                let is_seen = |row: &_| judged.as_ref().is_none_or(|condition| condition.accepts(row));
                caller.show_row(row.filter(is_seen), representation)?
            }
        };
        if matches!(row, Answer::Nothing) {
            if condition.is_some() {
                self.log_refusal(Operation::Detail, caller);
            }
            return Err(self.not_found(id));
        }
        Ok(row)
    }

    /// The cached row of this id, if the condition accepts it.
    ///
    /// A hidden row is not answered from the cache: a missing one is never cached, and the caller could tell the two apart by
    /// the time of the answer.
    fn cached_in_sight(&self, id: &Value, condition: &ConditionTree) -> Result<Option<Record>, Error> {
        let cached = self
            .interface
            .cached(&Question::Row(id), &KeyMemo::default(), Representation::Records);
        let row = cached.map(Answer::record).transpose()?.flatten();
        Ok(row.filter(|row| condition.accepts(row)))
    }

    /// Whether fields must be removed from the rows of an answer. A writer of JSON leaves them out itself, but a cache does
    /// not distinguish writers.
    fn hides_fields(&self, caller: &Caller<'_>, representation: Representation<'_>) -> bool {
        let is_written_anew =
            matches!(representation, Representation::Json(_)) && self.interface.applies_conditions();
        !caller.fields.is_all() && !is_written_anew
    }

    pub(super) async fn read_page(
        &self,
        select: Select,
        fresh: bool,
        representation: Representation<'_>,
    ) -> Result<Answer, Error> {
        let read = Read {
            target: Target::Page(select),
            representation,
            fresh,
        };
        self.interface.read(read).await
    }
}

impl Caller<'_> {
    fn show_page(&self, page: Answer, representation: Representation<'_>) -> Result<Answer, Error> {
        if let Representation::Json(writer) = representation {
            let page = page.shared_records()?;
            return ItemsPage::of(&page, writer).map(Answer::Json);
        }
        let mut page = page.records()?;
        for row in page.rows.iter_mut() {
            hide(row, &self.fields);
        }
        representation.page(page)
    }

    fn show_row(&self, row: Option<Record>, representation: Representation<'_>) -> Result<Answer, Error> {
        let row = row.map(|mut row| {
            hide(row.values_mut(), &self.fields);
            row
        });
        representation.row(row)
    }
}

/// Sets the fields to null that are not among these.
pub(super) fn hide(row: &mut [Value], fields: &FieldSet) {
    if fields.is_all() {
        return;
    }
    for (field, value) in (0..).zip(row) {
        if !fields.contains(field) {
            *value = Value::Null;
        }
    }
}
