//! Rows that are removed, added and moved while pages are read. Rows that did not change come exactly once, in order.
//!
//! The seed is fixed, and `GM_SEED=7` uses another one. `GM_CASES` is the number of cases of each storage, 24 if it is not set.

use futures_util::TryStreamExt as _;
use gm_runtime::Gm;
use gm_runtime::query::Cursor;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{RngSeed, TestError, TestRunner};

use super::storages::{Stops, in_memory, in_own_storage, in_sqlite};
use super::{By, Listed, Parts, RemoteStop, Sorting, Stop, clear, compare, fill};

/// A change between two pages. Rows are named by their places at the beginning.
#[derive(Clone, Debug)]
enum Step {
    Delete(usize),
    Create(Option<i64>, &'static str),
    Move(usize, Option<i64>),
    Rename(usize, &'static str),
}

#[derive(Clone, Debug)]
struct Case {
    stops: Vec<(Option<i64>, &'static str)>,
    sorting: Sorting,
    page_size: u64,
    /// What is done after each page.
    steps: Vec<Vec<Step>>,
}

const NAMES: [&str; 6] = ["", "A", "a", "b", "ä", "𐐀"];

fn rank() -> impl Strategy<Value = Option<i64>> {
    option::weighted(0.7, -2_i64..3)
}

fn case() -> impl Strategy<Value = Case> {
    let step = prop_oneof![
        (0_usize..24).prop_map(Step::Delete),
        (rank(), select(NAMES.to_vec())).prop_map(|(rank, name)| Step::Create(rank, name)),
        ((0_usize..24), rank()).prop_map(|(place, rank)| Step::Move(place, rank)),
        ((0_usize..24), select(NAMES.to_vec())).prop_map(|(place, name)| Step::Rename(place, name)),
    ];
    let fields = subsequence(vec![By::Rank, By::Name, By::Id], 0..=3).prop_shuffle();
    let sorting = (fields, any::<[bool; 3]>())
        .prop_map(|(fields, descending)| fields.into_iter().zip(descending).collect());
    let stops = vec((rank(), select(NAMES.to_vec())), 0..24);
    (stops, sorting, 1_u64..=5, vec(vec(step, 0..4), 0..8)).prop_map(|(stops, sorting, page_size, steps)| {
        Case {
            stops,
            sorting,
            page_size,
            steps,
        }
    })
}

/// The rows that a schedule changes, and their changes.
struct Schedule<'a> {
    owner: &'a Gm,
    stops: Vec<Parts>,
    changed: Vec<bool>,
    steps: std::vec::IntoIter<Vec<Step>>,
}

impl<'a> Schedule<'a> {
    async fn start(owner: &'a Gm, case: &Case) -> Self {
        let stops = fill(owner, &case.stops).await;
        Self {
            owner,
            changed: vec![false; stops.len()],
            stops,
            steps: case.steps.clone().into_iter(),
        }
    }

    /// Carries out the changes between two pages.
    async fn next(&mut self) {
        for step in self.steps.next().unwrap_or_default() {
            let (place, change) = match step {
                Step::Create(rank, name) => {
                    fill(self.owner, &[(rank, name)]).await;
                    continue;
                }
                Step::Delete(place) => (place, None),
                Step::Move(place, rank) => (place, Some(Stop::by_id(self.id(place)).update().rank(rank))),
                Step::Rename(place, name) => (place, Some(Stop::by_id(self.id(place)).update().name(name))),
            };
            let Some(changed) = self.changed.get_mut(place) else {
                continue;
            };
            *changed = true;
            // The row may be gone already.
            let _ = match change {
                Some(change) => change.exec(self.owner).await.map(drop),
                None => Stop::by_id(self.id(place)).delete(self.owner).await,
            };
        }
    }

    fn id(&self, place: usize) -> i64 {
        self.stops.get(place).map_or(i64::MAX, |stop| stop.0)
    }

    /// The rows that did not change, in order.
    fn unchanged(&self, sorting: &Sorting) -> Vec<Parts> {
        let unchanged = self.stops.iter().zip(&self.changed);
        let mut unchanged: Vec<_> = unchanged
            .filter(|(_, changed)| !**changed)
            .map(|(stop, _)| stop.clone())
            .collect();
        unchanged.sort_by(|left, right| compare(sorting, left, right));
        unchanged
    }

    /// Compares the rows that were read with those that did not change.
    fn check(&self, what: &str, sorting: &Sorting, read: Vec<Parts>) -> Result<(), String> {
        let expected = self.unchanged(sorting);
        let is_unchanged = |stop: &Parts| expected.iter().any(|expected| expected.0 == stop.0);
        let came: Vec<_> = read.into_iter().filter(is_unchanged).collect();
        match came == expected {
            true => Ok(()),
            false => Err(format!("{what}:\n gives {came:?}\n not   {expected:?}")),
        }
    }
}

/// Reads by one page after the other, each with the text of the cursor before.
async fn by_pages<M: Listed>(
    case: &Case,
    gm: &Gm,
    schedule: &mut Schedule<'_>,
) -> Result<Vec<Parts>, String> {
    let (mut read, mut cursor) = (Vec::new(), None::<Cursor>);
    loop {
        let query = M::sorted(&case.sorting).page_size(case.page_size);
        let query = query.after(cursor.as_ref());
        let query = if read.len() % 2 == 0 {
            query.without_count()
        } else {
            query
        };
        let page = query.all(gm).fresh().await.map_err(|error| error.to_string())?;
        read.extend(page.iter().map(Listed::parts));
        let Some(next) = page.next_cursor() else {
            return Ok(read);
        };
        cursor = Some(next.to_string().parse().unwrap());
        schedule.next().await;
    }
}

async fn by_stream<M: Listed>(
    case: &Case,
    gm: &Gm,
    schedule: &mut Schedule<'_>,
) -> Result<Vec<Parts>, String> {
    let query = M::sorted(&case.sorting).page_size(case.page_size);
    let mut stream = query.stream(gm).fresh();
    let mut read = Vec::new();
    while let Some(row) = stream.try_next().await.map_err(|error| error.to_string())? {
        read.push(row.parts());
        if (read.len() as u64).is_multiple_of(case.page_size) {
            schedule.next().await;
        }
    }
    Ok(read)
}

async fn check<M: Listed>(case: &Case, stops: &Stops) -> Result<(), String> {
    for what in ["pages", "stream"] {
        let mut schedule = Schedule::start(&stops.owner, case).await;
        let read = match what {
            "pages" => by_pages::<M>(case, &stops.reader, &mut schedule).await,
            _ => by_stream::<M>(case, &stops.reader, &mut schedule).await,
        };
        let checked = read.and_then(|read| schedule.check(what, &case.sorting, read));
        clear(&stops.owner).await;
        checked?;
    }
    Ok(())
}

async fn holds<M: Listed>(stops: Stops) {
    let seed = gm_tests::random::seed(0x6375_7273);
    let cases = std::env::var("GM_CASES").map_or(24, |cases| cases.parse().unwrap());
    let mut runner = TestRunner::new(ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let runtime = tokio::runtime::Handle::current();
    let checked = tokio::task::spawn_blocking(move || {
        let checked = runner.run(&case(), |case| {
            runtime
                .block_on(check::<M>(&case, &stops))
                .map_err(TestCaseError::fail)
        });
        match checked {
            Ok(()) => {}
            Err(TestError::Fail(reason, case)) => panic!("with GM_SEED={seed}: {reason}\nof {case:?}"),
            Err(error) => panic!("with GM_SEED={seed}: {error}"),
        }
    });
    checked.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn unchanged_rows_come_once_in_memory() {
    holds::<Stop>(Stops::own(in_memory()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unchanged_rows_come_once_in_sqlite() {
    holds::<Stop>(Stops::own(in_sqlite()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unchanged_rows_come_once_in_postgres() {
    holds::<Stop>(Stops::own_in_postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unchanged_rows_come_once_in_own_storage() {
    holds::<Stop>(Stops::own(in_own_storage()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unchanged_rows_come_once_over_the_wire() {
    holds::<RemoteStop>(Stops::remote(in_sqlite()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unchanged_rows_come_once_over_the_wire_from_postgres() {
    holds::<RemoteStop>(Stops::remote_in_postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unchanged_rows_come_once_through_a_gateway() {
    holds::<RemoteStop>(Stops::behind_a_gateway(in_memory()).await).await;
}

/// `all` reads many small pages while other tasks write.
#[tokio::test(flavor = "multi_thread")]
async fn all_has_unchanged_rows_once_while_others_write() {
    let stops = Stops::remote(in_sqlite()).await;
    let many: Vec<_> = (0..60).map(|place| (Some(place % 7), "a")).collect();
    let filled = fill(&stops.owner, &many).await;
    let sorting = vec![(By::Rank, true)];
    let mut expected: Vec<_> = filled.iter().filter(|stop| stop.0 % 3 == 0).cloned().collect();
    expected.sort_by(|left, right| compare(&sorting, left, right));
    let ids: Vec<i64> = filled
        .iter()
        .map(|stop| stop.0)
        .filter(|id| id % 3 != 0)
        .collect();
    let owner = stops.owner.clone();
    let writes = tokio::spawn(async move {
        for round in 0.. {
            for id in &ids {
                let moved = Stop::by_id(*id).update().rank(Some(round % 11));
                moved.exec(&owner).await.unwrap();
                fill(&owner, &[(Some(round % 5), "new")]).await;
                let last = Stop::filter(|stop| stop.name.eq("new"))
                    .first(&owner)
                    .await
                    .unwrap();
                last.unwrap().delete(&owner).await.unwrap();
            }
        }
    });
    for _ in 0..8 {
        let rows = RemoteStop::sorted(&sorting).page_size(3);
        let rows = rows.all(&stops.reader).fresh().await.unwrap();
        let is_expected = |stop: &Parts| expected.iter().any(|expected| expected.0 == stop.0);
        let came: Vec<_> = rows.iter().map(Listed::parts).filter(is_expected).collect();
        assert_eq!(came, expected);
        let mut ids: Vec<_> = rows.iter().map(|stop| stop.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), rows.len());
    }
    writes.abort();
}
