//! The conformance kit: every storage of the project passes it, and storage with a fault does not.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use gm_runtime::field::Value;
use gm_runtime::interface::{Interface, Updated};
use gm_runtime::manager::{Record, Values};
use gm_runtime::query::{Operator, Page, Select};
use gm_runtime::testing::{self, Failure};
use gm_runtime::{Error, GeneralManager, Gm, GmBuilder, Manager};
use gm_tests::postgres::Database;
use gm_tests::random::seed;

use crate::sample::{GatewaySample, RemoteSample, Sample};
use crate::services::serve_until_the_end;
use crate::storage::of_given_ids;

/// Starts a service, which ends with the process, and returns its URL.
async fn serve(builder: GmBuilder) -> String {
    serve_until_the_end(builder).await.1
}

fn sqlite() -> GmBuilder {
    Gm::builder().database("sqlite::memory:").expose::<Sample>()
}

/// Empties the handle, so that each case can use it.
async fn emptied(gm: &Gm) -> Result<Gm, Error> {
    for row in &RemoteSample::all(gm).fresh().await? {
        row.delete(gm).await?;
    }
    Ok(gm.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_passes() {
    let kit = testing::handle::<Sample, _>(async || sqlite().build().await);
    kit.seed(seed(1)).run().await.unwrap();
}

/// Compares a table of Postgres, which is emptied for each case.
pub(crate) async fn passes_in_postgres<M: Manager>(seed: u64, configure: impl Fn(GmBuilder) -> GmBuilder) {
    let database = Database::create().await;
    let gm = configure(Gm::builder().database(database.url()))
        .build()
        .await
        .unwrap();
    let empty = format!("TRUNCATE {}", M::DESCRIPTION.table().unwrap());
    let kit = testing::handle::<M, _>(async || {
        database.execute(&empty).await;
        Ok(gm.clone())
    });
    kit.seed(seed).run().await.unwrap();
    gm.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_passes() {
    passes_in_postgres::<Sample>(seed(1), |builder| builder.expose::<Sample>()).await;
}

#[tokio::test]
async fn postgres_passes_with_rules_of_rows() {
    passes_in_postgres::<Task>(seed(7), |builder| builder.manager::<Task>()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_of_ones_own_passes() {
    let kit = testing::storage::<Sample, _>(async || of_given_ids());
    kit.seed(seed(2)).run().await.unwrap();
    let kit = testing::storage::<Sample, _>(async || of_given_ids().applying_conditions());
    kit.seed(seed(6)).run().await.unwrap();
}

/// Rules that depend on the row: writes are judged with the row that is stored, and changes carry the row.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "tasks")]
#[permission(
    read = authenticated & team == caller.claim("team"),
    update(before = is_null(worker), after = worker == caller.name)
)]
#[remote_api(resource = "tasks", allow_detail, allow_update)]
struct Task {
    #[field(id)]
    id: String,
    team: i32,
    #[field(blank)]
    worker: Option<String>,
}

#[tokio::test]
async fn storage_of_rows_with_rules_passes() {
    let kit = testing::handle::<Task, _>(async || {
        Gm::builder()
            .database("sqlite::memory:")
            .manager::<Task>()
            .build()
            .await
    });
    kit.seed(seed(7)).run().await.unwrap();
    let kit = testing::storage::<Task, _>(async || of_given_ids());
    kit.seed(seed(8)).run().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_service_passes() {
    let consumer = Gm::builder().base_url("http://owner.test", serve(sqlite()).await);
    let consumer = consumer.build().await.unwrap();
    let kit = testing::handle::<RemoteSample, _>(async || emptied(&consumer).await);
    kit.seed(seed(3)).cases(8).run().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_passes() {
    let gateway = Gm::builder()
        .base_url("http://behind.test", serve(sqlite()).await)
        .expose::<GatewaySample>();
    let consumer = Gm::builder().base_url("http://owner.test", serve(gateway).await);
    let consumer = consumer.build().await.unwrap();
    let kit = testing::handle::<RemoteSample, _>(async || emptied(&consumer).await);
    kit.seed(seed(4)).cases(8).run().await.unwrap();
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "entries")]
struct Entry {
    #[field(id)]
    id: i64,
    #[field(blank)]
    name: String,
    count: Option<i32>,
    #[field(unique)]
    code: Option<i32>,
    done: bool,
}

/// The faults of storage.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    CaseIsNothing,
    ExcludesEach,
    NullsFirst,
    TiesAsTheyCome,
    PagesFromZero,
    TotalOfThePage,
    NoTotal,
    EmptyInIsEverything,
    NullIsGreater,
    LastRowIsMissing,
    SecondGet,
    UpdateOfNothing,
    UpdateMakesRows,
    DeleteOfNothing,
    IdsAreUsedAgain,
    UniqueIsNot,
    UpdatesUndoEachOther,
    DeletesTwice,
    IdsAreAssignedTwice,
    UpdateFails,
    IsNotEmpty,
    IgnoresConditions,
}

impl Fault {
    /// The fault, and the call that shows it.
    const ALL: [(Self, &str); 22] = [
        (Self::CaseIsNothing, "name__"),
        (Self::ExcludesEach, "exclude"),
        (Self::NullsFirst, "order by"),
        (Self::TiesAsTheyCome, "order by"),
        (Self::PagesFromZero, "page"),
        (Self::TotalOfThePage, "count, by page"),
        (Self::NoTotal, "total_count"),
        (Self::EmptyInIsEverything, "__in = []"),
        (Self::NullIsGreater, "__g"),
        (Self::LastRowIsMissing, "every row"),
        (Self::SecondGet, " id 2"),
        (Self::UpdateOfNothing, "update id"),
        (Self::UpdateMakesRows, "update id"),
        (Self::DeleteOfNothing, "delete id"),
        (Self::IdsAreUsedAgain, "id"),
        (Self::UniqueIsNot, "code"),
        (Self::UpdatesUndoEachOther, "updates at the same time"),
        (Self::DeletesTwice, "deletes of id"),
        (Self::IdsAreAssignedTwice, "at the same time"),
        (Self::UpdateFails, "update"),
        (Self::IsNotEmpty, "before any is created"),
        (Self::IgnoresConditions, "by a caller that sees"),
    ];
}

/// Rows in a map, with a fault.
struct Faulty {
    fault: Fault,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    rows: BTreeMap<i64, Entry>,
    last: i64,
}

impl Faulty {
    fn new(fault: Fault) -> Self {
        let state = Mutex::new(State::default());
        let faulty = Self { fault, state };
        if fault == Fault::IsNotEmpty {
            let entry = Entry {
                id: 1,
                name: String::new(),
                count: None,
                code: None,
                done: false,
            };
            faulty.state().rows.insert(1, entry);
        }
        faulty
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// Whether another row has the code.
    fn check_code(&self, state: &State, row: &Entry) -> Result<(), Error> {
        let is_taken = |other: &Entry| other.id != row.id && row.code.is_some() && other.code == row.code;
        if state.rows.values().any(is_taken) && !self.has(Fault::UniqueIsNot) {
            return Err(Error::conflict("Entry", Some("code"), "the code is taken"));
        }
        Ok(())
    }

    fn matches(&self, select: &Select, row: &Record) -> bool {
        let holds = |lookup: &gm_runtime::query::Lookup| match (lookup.operator, row.get(lookup.field)) {
            (Operator::Gt | Operator::Gte, Value::Null) if self.has(Fault::NullIsGreater) => true,
            (Operator::In, _) if self.has(Fault::EmptyInIsEverything) => {
                lookup.operand == gm_runtime::query::Operand::List(Vec::new())
                    || lookup.matches(row.get(lookup.field))
            }
            (Operator::IContains | Operator::IExact | Operator::IStartsWith | Operator::IEndsWith, _)
                if self.has(Fault::CaseIsNothing) =>
            {
                let mut lookup = lookup.clone();
                lookup.operator = match lookup.operator {
                    Operator::IContains => Operator::Contains,
                    Operator::IExact => Operator::Exact,
                    Operator::IStartsWith => Operator::StartsWith,
                    _ => Operator::EndsWith,
                };
                lookup.matches(row.get(lookup.field))
            }
            (_, value) => lookup.matches(value),
        };
        let excluded = if self.has(Fault::ExcludesEach) {
            select.excludes.iter().any(holds)
        } else {
            !select.excludes.is_empty() && select.excludes.iter().all(holds)
        };
        let is_hidden = select
            .condition()
            .is_some_and(|condition| !condition.accepts(row));
        select.filters.iter().all(holds) && !excluded && (!is_hidden || self.has(Fault::IgnoresConditions))
    }

    fn compare(&self, select: &Select, left: &Entry, right: &Entry) -> std::cmp::Ordering {
        let (one, other) = (left.to_record(), right.to_record());
        if self.has(Fault::TiesAsTheyCome) && left.done != right.done && !select.ordering.is_empty() {
            let mut select = select.clone();
            select.ordering.truncate(1);
            let (mut one, mut other) = (one.clone(), other.clone());
            one.set(0, Value::Integer(0));
            other.set(0, Value::Integer(0));
            return select
                .compare(Entry::DESCRIPTION, &one, &other)
                .then(right.id.cmp(&left.id));
        }
        if self.has(Fault::NullsFirst)
            && let Some(first) = select.ordering.first()
        {
            let nulls = (one.get(first.field).is_null(), other.get(first.field).is_null());
            match nulls {
                (true, false) => return std::cmp::Ordering::Less,
                (false, true) => return std::cmp::Ordering::Greater,
                _ => {}
            }
        }
        select.compare(Entry::DESCRIPTION, &one, &other)
    }
}

impl Interface<Entry> for Faulty {
    async fn query(&self, select: &Select) -> Result<Page<Entry>, Error> {
        let state = self.state();
        let mut rows: Vec<_> = state
            .rows
            .values()
            .filter(|row| self.matches(select, &row.to_record()))
            .cloned()
            .collect();
        rows.sort_by(|left, right| self.compare(select, left, right));
        let mut total = rows.len() as u64;
        if self.has(Fault::LastRowIsMissing) && rows.len() > 3 {
            rows.pop();
            total -= 1;
        }
        if let (Some(page), Some(size)) = (select.page, select.page_size) {
            let earlier_pages = if self.has(Fault::PagesFromZero) {
                page
            } else {
                page - 1
            };
            let skip = earlier_pages.saturating_mul(size);
            let rows_of: Vec<_> = rows.into_iter().skip(skip as usize).take(size as usize).collect();
            rows = rows_of;
            if self.has(Fault::TotalOfThePage) {
                total = if rows.is_empty() {
                    total
                } else {
                    skip + rows.len() as u64
                };
            }
        }
        let total = (select.count && !self.has(Fault::NoTotal)).then_some(total);
        Ok(Page::new(rows, total))
    }

    fn applies_conditions(&self) -> bool {
        true
    }

    async fn get(&self, id: &i64) -> Result<Option<Entry>, Error> {
        if self.has(Fault::SecondGet) && *id > 1 {
            return Ok(None);
        }
        Ok(self.state().rows.get(id).cloned())
    }

    async fn create(&self, values: &Values) -> Result<Entry, Error> {
        let last = self.state().last;
        if self.has(Fault::IdsAreAssignedTwice) {
            tokio::task::yield_now().await;
        }
        let mut state = self.state();
        let next = match self.fault {
            Fault::IdsAreUsedAgain => state.rows.keys().last().copied().unwrap_or(0) + 1,
            Fault::IdsAreAssignedTwice => last + 1,
            _ => state.last + 1,
        };
        let row: Entry = values.to_row_with_id(next)?;
        self.check_code(&state, &row)?;
        state.last = next;
        state.rows.insert(next, row.clone());
        Ok(row)
    }

    async fn update(&self, id: &i64, values: &Values) -> Result<Option<Updated<Entry>>, Error> {
        let before = self.state().rows.get(id).cloned();
        if self.has(Fault::UpdatesUndoEachOther) {
            tokio::task::yield_now().await;
        }
        let mut state = self.state();
        let current = state.rows.get(id).cloned();
        let row = if self.has(Fault::UpdatesUndoEachOther) {
            before
        } else {
            current
        };
        let row = match row {
            None if self.has(Fault::UpdateMakesRows) => {
                let made = Entry {
                    id: *id,
                    name: String::new(),
                    count: None,
                    code: None,
                    done: false,
                };
                state.rows.insert(*id, made.clone());
                made
            }
            None => return Ok(None),
            Some(row) => row,
        };
        let mut updated = values.applied_to(&row)?;
        self.check_code(&state, &updated.row)?;
        if self.has(Fault::UpdateFails) && updated.changed {
            return Err(Error::storage(std::io::Error::other("the disk is full")));
        }
        updated.changed |= self.has(Fault::UpdateOfNothing);
        state.rows.insert(*id, updated.row.clone());
        Ok(Some(updated))
    }

    async fn delete(&self, id: &i64) -> Result<bool, Error> {
        let is_there = self.state().rows.contains_key(id);
        if self.has(Fault::DeletesTwice) {
            tokio::task::yield_now().await;
            self.state().rows.remove(id);
            return Ok(is_there);
        }
        let removed = self.state().rows.remove(id).is_some();
        Ok(removed || self.has(Fault::DeleteOfNothing))
    }
}

async fn run(fault: Fault, seed: u64) -> Result<(), Failure> {
    let kit = testing::storage::<Entry, _>(async move || Faulty::new(fault));
    kit.seed(seed).run().await
}

#[tokio::test]
async fn storage_without_a_fault_passes() {
    run(Fault::None, seed(5)).await.unwrap();
}

#[tokio::test]
async fn the_kit_finds_and_names_each_fault() {
    let mut wrong = Vec::new();
    for (fault, asked) in Fault::ALL {
        let Err(failure) = run(fault, 0).await else {
            wrong.push(format!("{fault:?} is not found"));
            continue;
        };
        let words = failure.to_string();
        let parts = [
            "the storage of `Entry`",
            "asked: ",
            "expected: ",
            "came: ",
            "repeat: ",
            failure.came(),
        ];
        if !failure.asked().contains(asked) || !parts.iter().all(|part| words.contains(part)) {
            wrong.push(format!("{fault:?}: {failure}"));
        }
        // The case is shrunk, so there are few steps before the failure.
        if failure.before().len() > 5 {
            wrong.push(format!("{fault:?} takes many steps: {failure}"));
        }
        // The seed reproduces the failure.
        let again = testing::storage::<Entry, _>(async move || Faulty::new(fault));
        let again = again.seed(failure.seed()).cases(1).run().await;
        let again = again
            .err()
            .map(|again| (again.asked().to_owned(), again.came().to_owned()));
        if again != Some((failure.asked().to_owned(), failure.came().to_owned())) {
            wrong.push(format!("{fault:?} is not repeated: {again:?} {failure}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
