//! Random writes of many rows are equal to a loop of single writes: the same rows, versions, refusals and events.
//!
//! The loop runs on a copy of the rows in memory. `GM_SEED` is the seed, and `GM_CASES` the number of writes on each storage.

use std::collections::BTreeSet;

use gm_runtime::access::Principal;
use gm_runtime::{Error, Gm, Query};
use gm_tests::marker::Marker;
use gm_tests::random::{Random, seed};

use super::{Recorder, Task, on_each_storage, task, tasks, tim};

on_each_storage! { a_write_of_many_rows_is_equal_to_a_loop_of_single_writes }

/// The fields that an update sets.
#[derive(Clone, Debug, Default)]
struct Change {
    title: Option<String>,
    status: Option<&'static str>,
    priority: Option<i32>,
    code: Option<Option<String>>,
    secret: Option<Option<String>>,
    label: Option<Option<String>>,
}

/// Sets the title, too, which a new row has already.
macro_rules! set_all {
    ($draft:expr, $change:expr) => {
        match &$change.title {
            Some(title) => set!($draft.title(title.clone()), $change),
            None => set!($draft, $change),
        }
    };
}

/// Sets the optional fields of a change on a draft of one row or of many.
macro_rules! set {
    ($draft:expr, $change:expr) => {{
        let (mut draft, change) = ($draft, $change.clone());
        if let Some(status) = change.status {
            draft = draft.status(status);
        }
        if let Some(priority) = change.priority {
            draft = draft.priority(priority);
        }
        if let Some(code) = change.code {
            draft = draft.code(code);
        }
        if let Some(secret) = change.secret {
            draft = draft.secret(secret);
        }
        if let Some(label) = change.label {
            draft = draft.label(label);
        }
        draft
    }};
}

#[derive(Clone, Debug)]
enum Write {
    Create(Vec<(i64, String, Change)>),
    Update(Filter, Change),
    Delete(Filter),
}

#[derive(Clone, Copy, Debug)]
enum Filter {
    Every,
    Tenant(i64),
    Status(&'static str),
    Priority(i32),
    Version(i64),
}

impl Filter {
    fn query(self) -> Query<Task> {
        match self {
            Self::Every => Task::query(),
            Self::Tenant(tenant) => Task::filter(|t| t.tenant.eq(tenant)),
            Self::Status(status) => Task::exclude(|t| t.status.eq(status)),
            Self::Priority(priority) => Task::filter(|t| t.priority.gt(priority)),
            Self::Version(version) => Task::filter(|t| t.version.gte(version)),
        }
    }
}

fn some<T>(random: &mut Random, one_in: usize, value: impl FnOnce(&mut Random) -> T) -> Option<T> {
    (random.below(one_in) == 0).then(|| value(random))
}

fn status(random: &mut Random) -> &'static str {
    ["open", "open", "open", "open", "locked"][random.below(5)]
}

fn change(random: &mut Random) -> Change {
    Change {
        title: some(random, 3, |random| {
            ["a", "b", "c", "a title too long"][random.below(13) % 4].to_owned()
        }),
        status: some(random, 4, status),
        priority: some(random, 3, |random| [1, 2, 3, 4, 91][random.below(21) % 5]),
        code: some(random, 8, |random| {
            some(random, 2, |random| random.below(4).to_string())
        }),
        secret: some(random, 8, |random| some(random, 2, |_| "s".to_owned())),
        label: some(random, 10, |random| some(random, 2, |_| "l".to_owned())),
    }
}

fn filter(random: &mut Random) -> Filter {
    match random.below(6) {
        0 => Filter::Every,
        1 => Filter::Tenant(i64::try_from(random.below(3)).unwrap()),
        2 => Filter::Status(status(random)),
        3 => Filter::Priority(2),
        4 => Filter::Version(2),
        _ => Filter::Tenant(1),
    }
}

fn write(random: &mut Random, rows: usize) -> Write {
    match random.below(if rows < 40 { 2 } else { 5 }) {
        0 => {
            let rows = [0, 1, 3, 20, 70][random.below(5)];
            let tenant = i64::try_from(random.below(3)).unwrap();
            let row = |random: &mut Random| {
                // A row seldom refuses, so that most writes of many rows succeed.
                let is_usual = random.below(100) > 0;
                let change = match is_usual {
                    true => Change {
                        priority: Some(1),
                        ..Change::default()
                    },
                    false => change(random),
                };
                (tenant, ["x", "y"][random.below(2)].to_owned(), change)
            };
            Write::Create((0..rows).map(|_| row(random)).collect())
        }
        4 => Write::Delete(filter(random)),
        _ => Write::Update(filter(random), change(random)),
    }
}

/// The refusals of a loop of single writes, each with its row. Empty if all of them succeed.
type Refusals = BTreeSet<String>;

fn refusal(row: &str, error: &Error) -> Option<String> {
    match error {
        // The row is written.
        Error::CreatedUnreadable { .. } | Error::UpdatedUnreadable { .. } => None,
        error => Some(format!("{row}: {error}")),
    }
}

async fn one_by_one(gm: &Gm, write: &Write) -> Refusals {
    let mut refusals = BTreeSet::new();
    match write {
        Write::Create(rows) => {
            for (place, (tenant, title, change)) in rows.iter().enumerate() {
                let draft = set!(Task::create(task(*tenant, title.clone())), change);
                let created = draft.exec(gm).await;
                refusals.extend(
                    created
                        .err()
                        .and_then(|error| refusal(&format!("place {place}"), &error)),
                );
            }
        }
        Write::Update(filter, change) => {
            for row in filter.query().all(gm).await.unwrap().iter() {
                let updated = set_all!(Task::by_id(row.id).update(), change).exec(gm).await;
                refusals.extend(
                    updated
                        .err()
                        .and_then(|error| refusal(&format!("id {}", row.id), &error)),
                );
            }
        }
        Write::Delete(filter) => {
            for row in filter.query().all(gm).await.unwrap().iter() {
                let deleted = Task::by_id(row.id).delete(gm).await;
                refusals.extend(
                    deleted
                        .err()
                        .and_then(|error| refusal(&format!("id {}", row.id), &error)),
                );
            }
        }
    }
    refusals
}

async fn at_once(gm: &Gm, write: &Write) -> Result<u64, Error> {
    match write {
        Write::Create(rows) => {
            let drafts = rows
                .iter()
                .map(|(tenant, title, change)| set!(Task::create(task(*tenant, title.clone())), change));
            Ok(Task::create_many(drafts).exec(gm).await?.len() as u64)
        }
        Write::Update(filter, change) => set_all!(filter.query().update_all(), change).exec(gm).await,
        Write::Delete(filter) => filter.query().delete_all(gm).await,
    }
}

/// What two storages agree on: neither the ids of new rows nor the times.
fn essence(tasks: &[Task]) -> Vec<String> {
    let essence = |task: &Task| {
        format!(
            "{} {} {} {} {:?} {:?} {:?} {:?} v{}",
            task.tenant,
            task.title,
            task.status,
            task.priority,
            task.code,
            task.secret,
            task.label,
            task.changed_by,
            task.version
        )
    };
    let mut all: Vec<_> = tasks.iter().map(essence).collect();
    all.sort();
    all
}

fn acting(gm: &Gm, caller: usize) -> Gm {
    match caller {
        0 | 1 => gm.clone(),
        2 | 3 => gm.acting_as(tim()),
        4 => gm.acting_as(Principal::named("eve").with_claim("tenant", 2)),
        5 => gm.acting_as(Principal::named("root").with_claim("tenant", 0).as_admin()),
        _ => gm.acting_as(Principal::anonymous()),
    }
}

async fn a_write_of_many_rows_is_equal_to_a_loop_of_single_writes(gm: Gm) {
    let seed = seed(14);
    let mut random = Random::new(seed);
    let cases = std::env::var("GM_CASES").map_or(120, |cases| cases.parse().unwrap());
    let mut outcomes = [0; 3];
    for case in 0..cases {
        let before = tasks(&gm).await;
        let (write, caller) = (write(&mut random, before.len()), random.below(7));
        let context = format!("seed {seed}, case {case}, caller {caller}: {write:?}");

        let copy = Gm::builder()
            .in_memory_with(before.clone())
            .in_memory::<Marker>()
            .build()
            .await
            .unwrap();
        let mut copied = Recorder::start(&copy).await;
        let refusals = one_by_one(&acting(&copy, caller), &write).await;
        let expected = copied.take().await;

        let mut recorder = Recorder::start(&gm).await;
        let written = at_once(&acting(&gm, caller), &write).await;
        let events = recorder.take().await;
        let after = tasks(&gm).await;
        match written {
            Err(error) => {
                assert_eq!(after, before, "{context}");
                assert_eq!(events, BTreeSet::new(), "{context}");
                let text = match &error {
                    Error::Bulk { row, error, .. } => {
                        let row = row.to_string();
                        let row = row
                            .trim_start_matches("the row of ")
                            .trim_start_matches("the new row at ");
                        format!("{}: {error}", row.split(" (").next().unwrap())
                    }
                    // What no row is needed for, such as a field that the caller may not write.
                    error => {
                        let is_same = |refusal: &String| refusal.ends_with(&format!(": {error}"));
                        assert!(
                            refusals.iter().any(is_same) || refusals.is_empty(),
                            "{context}: {error}: {refusals:?}"
                        );
                        outcomes[1] += 1;
                        continue;
                    }
                };
                assert!(refusals.contains(&text), "{context}: {text}: {refusals:?}");
                outcomes[1] += 1;
            }
            Ok(rows) => {
                assert_eq!(refusals, BTreeSet::new(), "{context}");
                assert_eq!(essence(&after), essence(&tasks(&copy).await), "{context}");
                assert_eq!(rows, expected.len() as u64, "{context}");
                let actions = |events: &BTreeSet<(&'static str, Option<i64>)>| {
                    let mut actions: Vec<_> = events
                        .iter()
                        // The ids of new rows differ.
                        .map(|(action, id)| (*action, id.filter(|_| *action != "create")))
                        .collect();
                    actions.sort_unstable();
                    actions
                };
                if rows > 64 {
                    assert_eq!(events, BTreeSet::from([("refresh", None)]), "{context}");
                } else {
                    assert_eq!(actions(&events), actions(&expected), "{context}");
                }
                outcomes[if rows > 0 { 2 } else { 0 }] += 1;
            }
        }
    }
    assert!(
        outcomes.iter().all(|number| number * 20 > cases),
        "none of these is rare: {outcomes:?}"
    );
}
