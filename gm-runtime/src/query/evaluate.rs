//! The evaluation of a query in memory. It defines the meaning of the lookups for every storage.

use std::cmp::Ordering;

use chrono::Datelike;

use super::compare::{compare, compare_in};
use super::evaluate_condition::value_of;
use super::groups::GroupCounter;
use super::{KnownRow, Lookup, NextPage, Operand, Operator, Page, RecordPage, Select, pattern};
use crate::error::Error;
use crate::field::{Value, fold_case};
use crate::manager::{Description, Manager, Record, Records};

/// The page size of a query with a page and without a size.
const DEFAULT_PAGE_SIZE: u64 = 100;

impl Select {
    /// Whether the row matches all filters and not all excludes, and the [condition](Self::condition) accepts it. The total
    /// counts these rows, before and [behind](Self::is_behind_cursor) a cursor.
    ///
    /// The condition comes first, so that no lookup of a caller is evaluated on a row that is hidden from this caller.
    #[must_use]
    pub fn matches(&self, record: &Record) -> bool {
        self.matches_known(record.into())
    }

    fn matches_known(&self, known: KnownRow<'_>) -> bool {
        let holds = |lookup: &Lookup| lookup.matches(value_of(known.row, lookup.field));
        if !self
            .condition
            .as_ref()
            .is_none_or(|condition| condition.accepts_known(known))
        {
            return false;
        }
        self.filters.iter().all(holds) && (self.excludes.is_empty() || !self.excludes.iter().all(holds))
    }

    /// Whether the row is behind the [position](Self::position) of the query's cursor. Each row is if the query has no cursor.
    #[must_use]
    pub fn is_behind_cursor(&self, record: &Record) -> bool {
        self.is_behind(record.values())
    }

    pub(crate) fn is_behind(&self, row: &[Value]) -> bool {
        self.position
            .as_ref()
            .is_none_or(|position| position.is_before(row))
    }

    /// The order of two rows: by the ordering with null last, then by the id.
    #[must_use]
    pub fn compare(&self, description: &Description, left: &Record, right: &Record) -> Ordering {
        self.compare_values(description, left.values(), right.values())
    }

    fn compare_values(&self, description: &Description, left: &[Value], right: &[Value]) -> Ordering {
        let values = |field| (value_of(left, field), value_of(right, field));
        self.ordering
            .iter()
            .map(|order| (values(order.field), order.direction))
            .map(|((left, right), direction)| compare_in(direction, left, right))
            .find(|ordering| ordering.is_ne())
            .unwrap_or_else(|| {
                let (left, right) = values(description.id_index());
                compare(left, right)
            })
    }

    /// The requested page of these rows, with the total if it is requested. It is meant for storage without filters and sorting
    /// of its own.
    ///
    /// It reads every row.
    ///
    /// ```
    /// # use gm_runtime::GeneralManager;
    /// # #[derive(Clone, Debug, GeneralManager)]
    /// # #[database(table = "projects")]
    /// # pub struct Project { #[field(id)] pub id: i64, pub name: String }
    /// let rows = [Project { id: 1, name: "Alpha".into() }, Project { id: 2, name: "Beta".into() }];
    /// let query = Project::filter(|p| p.name.startswith("B"));
    /// assert_eq!(query.select().page_of(&rows).rows[0].id, 2);
    /// ```
    #[must_use]
    pub fn page_of<'r, M: Manager>(&self, rows: impl IntoIterator<Item = &'r M>) -> Page<M> {
        let rows = rows.into_iter().map(|row| (row.to_record(), row));
        let page = self.evaluate(M::DESCRIPTION, rows, |(record, _)| record.into());
        let rows = page.rows.into_iter().map(|(_, row)| row.clone()).collect();
        Page {
            has_more: page.has_more,
            ..Page::new(rows, page.total_count).with_page_size(page.page_size)
        }
    }

    /// The requested page of these records, with the total if it is requested.
    pub(crate) fn records_of<'r>(
        &self,
        description: &Description,
        records: impl Iterator<Item = KnownRow<'r>>,
    ) -> RecordPage {
        let page = self.evaluate(description, records, |row| *row);
        let mut rows = Records::new(description);
        for row in page.rows {
            rows.push(row.row.iter().cloned());
            rows.set_unknown_of_last(row.unknown);
        }
        let has_more = page.has_more.unwrap_or_default();
        RecordPage::new(rows, page.total_count)
            .with_page_size(page.page_size)
            .with_next(NextPage::of(has_more, || self.ordering.clone()))
    }

    /// Counts the rows that match.
    pub(crate) fn count_into<'r>(
        &self,
        counter: &mut GroupCounter,
        mut rows: impl Iterator<Item = KnownRow<'r>>,
    ) -> Result<(), Error> {
        rows.try_for_each(|known| match self.matches_known(known) {
            true => counter.add_row(known),
            false => Ok(()),
        })
    }

    fn evaluate<R>(
        &self,
        description: &Description,
        rows: impl Iterator<Item = R>,
        known: impl Fn(&R) -> KnownRow<'_>,
    ) -> Page<R> {
        let mut matching: Vec<R> = rows.filter(|row| self.matches_known(known(row))).collect();
        matching.sort_by(|left, right| self.compare_values(description, known(left).row, known(right).row));
        let total_count = self.count.then_some(matching.len() as u64);
        if !self.is_page() {
            return Page::new(matching, total_count).with_more(false);
        }
        matching.retain(|row| self.is_behind(known(row).row));
        let size = self.page_size.unwrap_or(DEFAULT_PAGE_SIZE);
        let skip = self.page.unwrap_or(1).saturating_sub(1).saturating_mul(size);
        let places = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let has_more = matching.len() > places(skip.saturating_add(size));
        let rows = matching.into_iter().skip(places(skip)).take(places(size));
        // The number of a page has a size, and a cursor has none.
        Page::new(rows.collect(), total_count)
            .with_page_size(self.page.and(Some(size)))
            .with_more(has_more)
    }
}

impl Lookup {
    /// Whether the value matches. Only `exact`, `in` and `isnull` match null.
    #[must_use]
    pub fn matches(&self, value: &Value) -> bool {
        match (self.operator, &self.operand) {
            (Operator::IsNull, Operand::Flag(null)) => value.is_null() == *null,
            (Operator::Exact, Operand::Value(wanted)) => value == wanted,
            (Operator::In, Operand::List(wanted)) => wanted.contains(value),
            _ if value.is_null() => false,
            (Operator::Gt, Operand::Value(bound)) => !bound.is_null() && compare(value, bound).is_gt(),
            (Operator::Gte, Operand::Value(bound)) => !bound.is_null() && compare(value, bound).is_ge(),
            (Operator::Lt, Operand::Value(bound)) => !bound.is_null() && compare(value, bound).is_lt(),
            (Operator::Lte, Operand::Value(bound)) => !bound.is_null() && compare(value, bound).is_le(),
            (Operator::Range, Operand::List(ends)) => match ends.as_slice() {
                [Value::Null, _] | [_, Value::Null] => false,
                [from, to] => compare(value, from).is_ge() && compare(value, to).is_le(),
                _ => false,
            },
            (Operator::Date, Operand::Value(Value::Date(day))) => {
                matches!(value, Value::DateTime(instant) if instant.date_naive() == *day)
            }
            (operator, Operand::Number(number)) => calendar(operator, value) == Some(*number),
            (operator, Operand::Value(Value::Text(wanted))) => match value {
                Value::Text(text) => text_matches(operator, text, wanted),
                _ => false,
            },
            _ => false,
        }
    }
}

fn text_matches(operator: Operator, text: &str, wanted: &str) -> bool {
    match operator {
        Operator::IExact => fold_case(text) == fold_case(wanted),
        Operator::Contains => text.contains(wanted),
        Operator::IContains => fold_case(text).contains(&fold_case(wanted)),
        Operator::StartsWith => text.starts_with(wanted),
        Operator::IStartsWith => fold_case(text).starts_with(&fold_case(wanted)),
        Operator::EndsWith => text.ends_with(wanted),
        Operator::IEndsWith => fold_case(text).ends_with(&fold_case(wanted)),
        Operator::Regex => pattern::is_match(wanted, false, text),
        Operator::IRegex => pattern::is_match(wanted, true, text),
        _ => false,
    }
}

fn calendar(operator: Operator, value: &Value) -> Option<i64> {
    let day = match value {
        Value::Date(day) => *day,
        Value::DateTime(instant) => instant.date_naive(),
        _ => return None,
    };
    match operator {
        Operator::Year => Some(day.year().into()),
        Operator::Month => Some(day.month().into()),
        Operator::Day => Some(day.day().into()),
        _ => None,
    }
}
