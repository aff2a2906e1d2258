//! One case: each step is done to the storage and to the oracle, and the two are compared.

use uuid::Uuid;

use super::case::{self, Step};
use super::failure::Mismatch;
use super::oracle::{Done, Ending, Oracle};
use super::subject::{Read, Subject};
use super::{rule, words};
use crate::change::Change;
use crate::field::{Value, ValueType};
use crate::interface::{Guard, Write};
use crate::manager::{self, Description, FIRST_VERSION, Manager, Record};
use crate::query::Select;

/// A case that is run.
pub(super) struct Run<'c, M> {
    pub(super) subject: &'c Subject<M>,
    pub(super) description: &'static Description,
    /// Whether the handle publishes the change of a write before the write returns.
    publishes: bool,
    pub(super) oracle: Oracle,
    /// The ids of the rows that were created, by number.
    ids: Vec<Value>,
    /// The steps so far, as text.
    pub(super) done: Vec<String>,
    /// How many writes the storage took.
    pub(super) written: usize,
}

impl<'c, M: Manager> Run<'c, M> {
    pub(super) fn new(subject: &'c Subject<M>, publishes: bool) -> Self {
        Self {
            subject,
            description: M::DESCRIPTION,
            publishes,
            oracle: Oracle::new(M::DESCRIPTION),
            ids: Vec::new(),
            done: Vec::new(),
            written: 0,
        }
    }

    pub(super) async fn step(&mut self, step: &Step) -> Result<(), Mismatch> {
        match step {
            Step::Get(row) => self.get(&self.id(*row)).await,
            Step::Query(select) => self.query(self.resolved(select)).await,
            Step::Judged(step, guard) => self.judged(step, guard).await,
            step => match self.write_of(step) {
                Some(write) => self.write(write, None).await,
                None => Ok(()),
            },
        }
    }

    /// The write of a step, if it is one.
    pub(super) fn write_of(&self, step: &Step) -> Option<Write> {
        Some(match step {
            Step::Create(values) => Write::Create(values.clone()),
            Step::Update(row, values) => Write::Update(self.id(*row), values.clone()),
            Step::Repeat(row, fields, comment) => {
                let id = self.id(*row);
                let mut values = self.present(&id, fields);
                values.set_history_comment(comment.clone());
                Write::Update(id, values)
            }
            Step::Delete(row, comment) => Write::Delete(self.id(*row), comment.clone()),
            Step::Get(_) | Step::Query(_) | Step::Judged(..) => return None,
        })
    }

    /// The id of the row of this number, or one that no row has.
    pub(super) fn id(&self, row: usize) -> Value {
        if let Some(id) = self.ids.get(row) {
            return id.clone();
        }
        match self.description.id_field().value_type() {
            // Far from those that a storage assigns.
            ValueType::Integer { .. } => Value::Integer(i64::MAX.saturating_sub(row as i64)),
            ValueType::Uuid => Value::Uuid(Uuid::from_u64_pair(0xab5e, row as u64)),
            _ => Value::Text(format!("no row {row}")),
        }
    }

    /// What the row has in these fields.
    fn present(&self, id: &Value, fields: &[u16]) -> manager::Values {
        let mut values = manager::Values::new();
        if let Some(row) = self.oracle.row(id) {
            for field in fields {
                values.set(*field, row.get(*field).clone());
            }
        }
        values
    }

    /// The query with ids in place of the numbers of rows, where the storage assigns them.
    pub(super) fn resolved(&self, select: &Select) -> Select {
        let mut select = select.clone();
        if !self.description.id_assigned() {
            return select;
        }
        let lookups = select.filters.iter_mut().chain(&mut select.excludes);
        for lookup in lookups.filter(|lookup| lookup.field == self.description.id_index()) {
            rule::resolve_lookup(lookup, |value| self.resolve(value));
        }
        select
    }

    /// Puts the id of a row in the place of its number.
    pub(super) fn resolve(&self, value: &mut Value) {
        if let Value::Integer(row) = value {
            *value = self.id(usize::try_from(*row).unwrap_or(usize::MAX));
        }
    }

    /// Writes, by a caller with these rules if there are some.
    pub(super) async fn write(&mut self, write: Write, guard: Option<&Guard>) -> Result<(), Mismatch> {
        let asked = self.words(&write) + &words::rules(guard);
        let came = self.subject.write(write.clone(), guard).await;
        let mut expected = self
            .oracle
            .judge(self.completed(write.clone(), &came.ending), guard)
            .await;
        // Which id is assigned is the storage's to say.
        if let (Write::Create(_), Ending::Row(row), Ending::Row(given)) =
            (&write, &mut expected.ending, &came.ending)
            && self.description.id_assigned()
        {
            let id = given.get(self.description.id_index()).clone();
            expected.published = vec![Change::row(crate::change::Action::Create, id.clone())];
            row.set(self.description.id_index(), id);
        }
        if let (Write::Update(..), Ending::Row(row), Ending::Row(given)) =
            (&write, &mut expected.ending, &came.ending)
        {
            case::fill_in(self.description, row, given);
        }
        if came.ending != expected.ending {
            return Err(self.mismatch(asked, &self.ending(&expected.ending), &self.ending(&came.ending)));
        }
        if self.publishes && came.published != expected.published {
            let (expected, came) = (events(&expected), events(&came));
            return Err(self.mismatch(asked, &expected, &came));
        }
        self.done.push(format!("{asked}: {}", came.ending.words()));
        self.keep(&write, came.ending)
    }

    /// With what an owner fills in for a consumer, which only the owner knows.
    fn completed(&self, write: Write, came: &Ending) -> Write {
        let Write::Create(mut values) = write else {
            return write;
        };
        for (index, _) in (0_u16..).zip(self.description.fields()) {
            let is_assigned = index == self.description.id_index() && self.description.id_assigned();
            if is_assigned || values.get(index).is_some() {
                continue;
            }
            let filled = match came {
                _ if self.description.version_index() == Some(index) => Value::Integer(FIRST_VERSION),
                Ending::Row(row) => row.get(index).clone(),
                _ => Value::Null,
            };
            values.set(index, filled);
        }
        Write::Create(values)
    }

    fn keep(&mut self, write: &Write, ending: Ending) -> Result<(), Mismatch> {
        match (write, ending) {
            (Write::Create(_), Ending::Row(row)) => {
                let id = row.get(self.description.id_index()).clone();
                if self.ids.contains(&id) && self.description.id_assigned() {
                    let asked = "create, with an id that the storage assigns".to_owned();
                    let came = format!("id {}, which another row has or had", words::value(&id));
                    return Err(self.mismatch(asked, "an id that no row has had", &came));
                }
                self.ids.push(id);
                self.oracle.put(row);
                self.written += 1;
            }
            (Write::Update(..), Ending::Row(row)) => self.oracle.put(row),
            (Write::Delete(id, _), Ending::Deleted) => self.oracle.remove(id),
            _ => {}
        }
        Ok(())
    }

    async fn get(&mut self, id: &Value) -> Result<(), Mismatch> {
        let asked = format!("get id {}", words::value(id));
        let expected = self
            .oracle
            .row(id)
            .map_or(Ending::Missing, |row| Ending::Row(row.clone()));
        let came = self.subject.get(id).await;
        if came == expected {
            return Ok(());
        }
        Err(self.mismatch(asked, &self.ending(&expected), &self.ending(&came)))
    }

    async fn query(&mut self, select: Select) -> Result<(), Mismatch> {
        let asked = words::select(self.description, &select);
        let (rows, total) = self.oracle.answer(&Select {
            count: true,
            ..select.clone()
        });
        let read = match self.subject.read(&select).await {
            Ok(read) => read,
            Err(error) => {
                let expected = words::rows(self.description, &rows);
                return Err(self.mismatch(asked, &expected, &error.to_string()));
            }
        };
        let all = |rows: &[Record]| words::rows(self.description, rows);
        let first = |row: Option<&Record>| {
            row.map_or_else(|| "no row".to_owned(), |row| words::row(self.description, row))
        };
        let number =
            |total: Option<u64>| total.map_or_else(|| "no total".to_owned(), |total| total.to_string());
        let (head, stream) = if select.page.is_some() {
            ("without a total", "without a total")
        } else {
            (
                "by page 1 of 1 row, without a total",
                "in pages of 2 rows, without a total",
            )
        };
        let Read {
            rows: came,
            total: came_total,
            count,
            first: came_first,
            exists,
            streamed,
            behind,
        } = &read;
        if *came != rows {
            return Err(self.mismatch(asked, &all(&rows), &all(came)));
        }
        if *came_total != total {
            let asked = format!("total_count of {asked}");
            return Err(self.mismatch(asked, &number(total), &number(*came_total)));
        }
        if Some(*count) != total {
            return Err(self.mismatch(
                format!("count, by page 1 of 1 row, of {asked}"),
                &number(total),
                &count.to_string(),
            ));
        }
        if came_first.as_ref() != rows.first() {
            let asked = format!("first, {head}, of {asked}");
            return Err(self.mismatch(asked, &first(rows.first()), &first(came_first.as_ref())));
        }
        if *exists == rows.is_empty() {
            let expected = (!rows.is_empty()).to_string();
            return Err(self.mismatch(
                format!("exists, {head}, of {asked}"),
                &expected,
                &exists.to_string(),
            ));
        }
        if *streamed != rows {
            let asked = format!("stream, {stream}, of {asked}");
            return Err(self.mismatch(asked, &all(&rows), &all(streamed)));
        }
        // The owner of a consumer's rows may have no cursors.
        let is_given = behind.is_some() || self.description.remote().is_none();
        let expected = self.behind(&select, total).filter(|_| is_given);
        if *behind != expected {
            let cursor = |rows: Option<&[Record]>| rows.map_or_else(|| "no next cursor".to_owned(), all);
            let asked = format!("after, with the next cursor of {asked}");
            return Err(self.mismatch(asked, &cursor(expected.as_deref()), &cursor(behind.as_deref())));
        }
        Ok(())
    }

    /// The rows behind the page of a query, if its storage has cursors and rows follow the page.
    fn behind(&self, select: &Select, total: Option<u64>) -> Option<Vec<Record>> {
        let page = select.page.filter(|_| self.subject.applies_cursors())?;
        let end = page.saturating_mul(select.page_size?);
        let next = Select {
            page: page.checked_add(1),
            ..select.clone()
        };
        (end < total?).then(|| self.oracle.answer(&next).0)
    }

    fn words(&self, write: &Write) -> String {
        match write {
            Write::Create(values) => format!("create {}", words::values(self.description, values)),
            Write::Update(id, values) => format!(
                "update id {} to {}",
                words::value(id),
                words::values(self.description, values)
            ),
            Write::Delete(id, comment) => format!(
                "delete id {}{}",
                words::value(id),
                words::comment(comment.as_deref())
            ),
        }
    }

    pub(super) fn ending(&self, ending: &Ending) -> String {
        match ending {
            Ending::Row(row) => format!("the row {}", words::row(self.description, row)),
            other => other.words().to_owned(),
        }
    }

    pub(super) fn mismatch(&self, asked: String, expected: &str, came: &str) -> Mismatch {
        Mismatch {
            asked,
            expected: expected.to_owned(),
            came: came.to_owned(),
        }
    }
}

fn events(done: &Done) -> String {
    let events: Vec<_> = done
        .published
        .iter()
        .map(|change| match change.id() {
            Some(id) => format!("{} of id {}", change.action().name(), words::value(id)),
            None => change.action().name().to_owned(),
        })
        .collect();
    match events.as_slice() {
        [] => "no event, since nothing changed".to_owned(),
        events => format!("the event {}", events.join(" and ")),
    }
}
