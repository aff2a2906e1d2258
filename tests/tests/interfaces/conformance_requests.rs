//! The conformance kit makes the requests that callers make seldom: storage that fails only for them does not pass.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::NaiveDate;
use gm_runtime::interface::{Interface, Updated};
use gm_runtime::manager::Values;
use gm_runtime::query::{Operand, Operator, Page, Select};
use gm_runtime::testing::{self, Failure};
use gm_runtime::{Error, GeneralManager};
use gm_tests::random::seed;

#[derive(Clone, Debug, GeneralManager)]
#[manager(interface = Tasks)]
struct Task {
    #[field(id)]
    id: i64,
    #[field(blank)]
    text: String,
    due: NaiveDate,
    urgent: bool,
    done: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    NoRowWithoutTotal,
    PositionOverflows,
    NullOfRequiredPanics,
    IsNullPanics,
    YearOverflows,
    MonthIsAnyNumber,
    ThirdLookupIsIgnored,
    ThirdOrderingIsIgnored,
    CommentOfCreateFails,
    CommentOfUpdateIsAChange,
    CommentOfDeleteKeepsTheRow,
}

/// The rows, and the last id that was assigned.
struct Tasks(Mutex<(Vec<Task>, i64)>, Fault);

impl Tasks {
    fn new(fault: Fault) -> Self {
        Self(Mutex::default(), fault)
    }

    fn state(&self) -> MutexGuard<'_, (Vec<Task>, i64)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has(&self, fault: Fault) -> bool {
        self.1 == fault
    }
}

impl Interface<Task> for Tasks {
    async fn query(&self, select: &Select) -> Result<Page<Task>, Error> {
        let mut select = select.clone();
        if self.has(Fault::NoRowWithoutTotal) && !select.count {
            return Ok(select.page_of(&Vec::<Task>::new()));
        }
        if let (Some(page), Some(size), true) =
            (select.page, select.page_size, self.has(Fault::PositionOverflows))
        {
            (page - 1).checked_mul(size).expect("the position overflows");
        }
        for lookup in select.filters.iter_mut().chain(&mut select.excludes) {
            match (&lookup.operand, lookup.operator) {
                (Operand::Value(value), _) if value.is_null() && self.has(Fault::NullOfRequiredPanics) => {
                    panic!("no field of a task is null");
                }
                (Operand::Flag(_), _) if self.has(Fault::IsNullPanics) => {
                    panic!("no field of a task is null");
                }
                (Operand::Number(year), Operator::Year) if self.has(Fault::YearOverflows) => {
                    i32::try_from(*year).expect("the year overflows");
                }
                (Operand::Number(month), Operator::Month) if self.has(Fault::MonthIsAnyNumber) => {
                    lookup.operand = Operand::Number(month.rem_euclid(12));
                }
                _ => {}
            }
        }
        if self.has(Fault::ThirdLookupIsIgnored) {
            select.filters.truncate(2);
        }
        if self.has(Fault::ThirdOrderingIsIgnored) {
            select.ordering.truncate(2);
        }
        Ok(select.page_of(&self.state().0))
    }

    async fn get(&self, id: &i64) -> Result<Option<Task>, Error> {
        let state = self.state();
        Ok(state.0.iter().find(|task| task.id == *id).cloned())
    }

    async fn create(&self, values: &Values) -> Result<Task, Error> {
        if values.history_comment().is_some() && self.has(Fault::CommentOfCreateFails) {
            return Err(Error::storage(std::io::Error::other("there is no such column")));
        }
        let mut state = self.state();
        state.1 += 1;
        let task: Task = values.to_row_with_id(state.1)?;
        state.0.push(task.clone());
        Ok(task)
    }

    async fn update(&self, id: &i64, values: &Values) -> Result<Option<Updated<Task>>, Error> {
        let mut state = self.state();
        let Some(task) = state.0.iter_mut().find(|task| task.id == *id) else {
            return Ok(None);
        };
        let mut updated = values.applied_to(task)?;
        updated.changed |= values.history_comment().is_some() && self.has(Fault::CommentOfUpdateIsAChange);
        *task = updated.row.clone();
        Ok(Some(updated))
    }

    async fn delete(&self, id: &i64) -> Result<bool, Error> {
        let mut state = self.state();
        let before = state.0.len();
        state.0.retain(|task| task.id != *id);
        Ok(state.0.len() < before)
    }

    async fn delete_with_comment(&self, id: &i64, history_comment: Option<&str>) -> Result<bool, Error> {
        if history_comment.is_some() && self.has(Fault::CommentOfDeleteKeepsTheRow) {
            return Ok(self.get(id).await?.is_some());
        }
        self.delete(id).await
    }
}

async fn run(fault: Fault, seed: u64) -> Result<(), Failure> {
    let kit = testing::storage::<Task, _>(async move || Tasks::new(fault));
    kit.seed(seed).cases(100).run().await
}

#[tokio::test]
async fn storage_without_a_fault_passes() {
    run(Fault::None, seed(9)).await.unwrap();
}

#[tokio::test]
async fn the_kit_finds_faults_of_rare_requests() {
    let faults = [
        (Fault::NoRowWithoutTotal, "without a total"),
        (Fault::PositionOverflows, "page 9223372036854775807 of"),
        (Fault::NullOfRequiredPanics, "= null"),
        (Fault::IsNullPanics, "__isnull"),
        (Fault::YearOverflows, "due__year"),
        (Fault::MonthIsAnyNumber, "due__month"),
        (Fault::ThirdLookupIsIgnored, " and "),
        (Fault::ThirdOrderingIsIgnored, "order by"),
        (Fault::CommentOfCreateFails, "with the comment"),
        (Fault::CommentOfUpdateIsAChange, "with the comment"),
        (Fault::CommentOfDeleteKeepsTheRow, "with the comment"),
    ];
    let mut wrong = Vec::new();
    for (fault, part) in faults {
        match run(fault, 0).await {
            Ok(()) => wrong.push(format!("{fault:?} is not found")),
            Err(failure) if !failure.to_string().contains(part) => {
                wrong.push(format!("{fault:?}: {failure}"))
            }
            Err(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
