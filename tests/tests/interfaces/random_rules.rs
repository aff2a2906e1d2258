//! Random rules on random rows: in each storage, and over REST, a caller sees and writes what an evaluation without the library
//! says.
//!
//! The seed is fixed. `GM_SEED=7 cargo nextest run -p gm-tests --test interfaces random_rules` uses another one. A failure shows
//! the seed, and the smallest rows and rules that reproduce it.

use gm_runtime::access::Principal;
use gm_runtime::{Error, Gm, GmBuilder, Query};
use gm_tests::conformance::Running;
use gm_tests::postgres::Database;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;
use proptest::test_runner::{RngSeed, TestError, TestRunner};
use tokio::runtime::Runtime;

use crate::cell::{Cell, Op, Question};
use crate::property::{IDS, ask, expect, nullable, query, question, rows};
use crate::ruled_sample::{Rule, RuledGateway, RuledSample, Rules};
use crate::sample::{FIELDS, RemoteSample, Row, Sample, Sampled};
use crate::storage;

#[derive(Clone, Debug)]
enum Step {
    Create(Row),
    /// The id, the new values, and the changed fields.
    Update(&'static str, Row, Vec<usize>),
    Delete(&'static str),
}

#[derive(Clone, Debug)]
struct Case {
    rules: Rules,
    rows: Vec<Row>,
    questions: Vec<Question>,
    steps: Vec<Step>,
}

/// A rule with at most four lookups, since a condition has at most four patterns.
fn rule() -> impl Strategy<Value = Rule> {
    ask()
        .prop_map(Rule::Lookup)
        .prop_recursive(3, 4, 2, |part| {
            let both = || vec(part.clone(), 2);
            prop_oneof![
                both().prop_map(Rule::All),
                both().prop_map(Rule::Any),
                part.clone().prop_map(|part| Rule::Not(Box::new(part))),
            ]
        })
        .prop_filter("the rule has too many patterns", |rule| patterns(rule) <= 4)
}

fn patterns(rule: &Rule) -> usize {
    match rule {
        Rule::Lookup(ask) => usize::from(ask.op == Op::Regex),
        Rule::All(parts) | Rule::Any(parts) => parts.iter().map(patterns).sum(),
        Rule::Not(rule) => patterns(rule),
    }
}

fn rules() -> impl Strategy<Value = Rules> {
    (rule(), rule(), rule(), rule(), rule()).prop_map(|(read, create, before, after, delete)| Rules {
        read,
        create,
        before,
        after,
        delete,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let row = || (0..FIELDS).map(nullable).collect::<Vec<_>>();
    let id = || proptest::sample::select(IDS.to_vec());
    let fields = subsequence((1..FIELDS).collect::<Vec<_>>(), 1..4);
    prop_oneof![
        row().prop_map(Step::Create),
        (id(), row(), fields).prop_map(|(id, row, fields)| Step::Update(id, row, fields)),
        id().prop_map(Step::Delete),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    (rules(), rows(), vec(question(), 4), vec(step(), 6)).prop_map(|(rules, rows, questions, steps)| Case {
        rules,
        rows,
        questions,
        steps,
    })
}

/// The result of a write or of a read of one row.
#[derive(Debug, PartialEq)]
enum Outcome {
    Row(Row),
    Deleted,
    /// The row was written, and may not be read.
    Unreadable,
    Missing,
    Denied,
    /// Another row has the id. The error may name the field.
    Conflict(bool),
}

impl Outcome {
    fn of(error: &Error) -> Result<Self, String> {
        Ok(match error {
            Error::CreatedUnreadable { .. } | Error::UpdatedUnreadable { .. } => Self::Unreadable,
            Error::Conflict { field, .. } => Self::Conflict(field.is_some()),
            error if error.is_conflict() => Self::Conflict(false),
            error if error.is_not_found() => Self::Missing,
            error if error.is_permission_denied() => Self::Denied,
            error => return Err(error.to_string()),
        })
    }

    fn of_row<M: Sampled>(result: Result<M, Error>) -> Result<Self, String> {
        match result {
            Ok(row) => Ok(Self::Row(row.row())),
            Err(error) => Self::of(&error),
        }
    }
}

/// The rows by the evaluation.
struct Oracle<'c> {
    rules: &'c Rules,
    rows: Vec<Row>,
}

impl Oracle<'_> {
    fn place(&self, id: &str) -> Option<usize> {
        let id = Cell::Text(id.to_owned());
        self.rows.iter().position(|row| row[0] == id)
    }

    fn seen(&self) -> Vec<Row> {
        let seen = self.rows.iter().filter(|row| self.rules.read.holds(row));
        seen.cloned().collect()
    }

    /// The place of a row in the caller's sight.
    fn seen_place(&self, id: &str) -> Option<usize> {
        self.place(id)
            .filter(|place| self.rules.read.holds(&self.rows[*place]))
    }

    fn shown(&self, row: Row) -> Outcome {
        match self.rules.read.holds(&row) {
            true => Outcome::Row(row),
            false => Outcome::Unreadable,
        }
    }

    fn write(&mut self, step: &Step) -> Outcome {
        match step {
            Step::Create(row) if !self.rules.create.holds(row) => Outcome::Denied,
            Step::Create(row) => {
                if let Some(other) = self.rows.iter().find(|other| other[0] == row[0]) {
                    return Outcome::Conflict(self.rules.read.holds(other));
                }
                self.rows.push(row.clone());
                self.shown(row.clone())
            }
            Step::Update(id, to, fields) => {
                let Some(place) = self.seen_place(id) else {
                    return Outcome::Missing;
                };
                let mut row = self.rows[place].clone();
                for field in fields {
                    row[*field] = to[*field].clone();
                }
                if !(self.rules.before.holds(&self.rows[place]) && self.rules.after.holds(&row)) {
                    return Outcome::Denied;
                }
                self.rows[place] = row.clone();
                self.shown(row)
            }
            Step::Delete(id) => {
                let Some(place) = self.seen_place(id) else {
                    return Outcome::Missing;
                };
                if !self.rules.delete.holds(&self.rows[place]) {
                    return Outcome::Denied;
                }
                self.rows.remove(place);
                Outcome::Deleted
            }
        }
    }
}

/// Compares what a caller reads with the evaluation.
async fn check_reads<M: Sampled>(
    caller: &Gm,
    oracle: &Oracle<'_>,
    questions: &[Question],
) -> Result<(), String> {
    let seen = oracle.seen();
    for question in questions {
        let query = query::<M>(question);
        let (rows, total) = question.answer(&seen);
        let what = format!("{question:?}");
        let failed = |error| format!("{question:?}: {error}");
        let read = query.all(caller).await.map_err(failed)?;
        expect(&what, read.iter().map(M::row).collect(), rows.clone())?;
        expect(&what, read.total_count(), Some(total))?;
        expect(&what, query.count(caller).await.map_err(failed)?, total)?;
        expect(
            &what,
            query.exists(caller).await.map_err(failed)?,
            !rows.is_empty(),
        )?;
        let first = query.first(caller).await.map_err(failed)?;
        expect(&what, first.map(|row| row.row()), rows.first().cloned())?;
    }
    for id in IDS {
        let outcome = match oracle.seen_place(id) {
            Some(place) => Outcome::Row(oracle.rows[place].clone()),
            None => Outcome::Missing,
        };
        let row = M::at(id).get(caller).await;
        expect(id, Outcome::of_row(row)?, outcome)?;
    }
    Ok(())
}

async fn write<M: Sampled>(step: &Step, caller: &Gm) -> Result<Outcome, String> {
    match step {
        // A gateway does not know what its owner fills in.
        Step::Create(row) => Outcome::of_row(M::write_new(row, true, caller).await),
        Step::Update(id, row, fields) => Outcome::of_row(M::write_changes(id, row, fields, caller).await),
        Step::Delete(id) => match M::at(id).delete(caller).await {
            Ok(()) => Ok(Outcome::Deleted),
            Err(error) => Outcome::of(&error),
        },
    }
}

/// The rows of a service with rules, and of its callers: in the service itself, and over REST.
struct Service {
    name: &'static str,
    /// The storage says with which row a create conflicts.
    names_conflicts: bool,
    running: Running,
    consumer: Gm,
    _owner: Option<Running>,
}

impl Service {
    async fn start(
        name: &'static str,
        names_conflicts: bool,
        builder: GmBuilder,
        owner: Option<Running>,
    ) -> Self {
        let running = Running::start(builder).await.unwrap();
        let url = format!("http://{}", running.address);
        let consumer = Gm::builder().base_url("http://owner.test", url);
        Self {
            name,
            names_conflicts,
            running,
            consumer: consumer.build().await.unwrap(),
            _owner: owner,
        }
    }

    async fn each() -> Vec<Self> {
        let builder = || Gm::builder().expose::<RuledSample>();
        let own = builder().interface::<RuledSample>(storage::of_given_ids());
        let applying = builder().interface::<RuledSample>(storage::of_given_ids().applying_conditions());
        vec![
            Self::start("memory", true, builder().in_memory::<RuledSample>(), None).await,
            Self::start("SQLite", true, builder().database("sqlite::memory:"), None).await,
            Self::start("own storage", false, own, None).await,
            Self::start("own storage that applies conditions", false, applying, None).await,
        ]
    }

    async fn gateway() -> Self {
        let owner = Gm::builder().in_memory::<Sample>().expose::<Sample>();
        let owner = Running::start(owner).await.unwrap();
        let gateway = Gm::builder()
            .base_url("http://owner.test", format!("http://{}", owner.address))
            .expose::<RuledGateway>();
        Self::start("gateway", false, gateway, Some(owner)).await
    }

    async fn check<M: Sampled>(&self, case: &Case) -> Result<(), String> {
        let caller = self.running.gm.acting_as(Principal::anonymous());
        let checked = self.check_as::<M, M>(&caller, case, self.names_conflicts).await;
        checked.map_err(|error| format!("{} by `acting_as`: {error}", self.name))?;
        let checked = self
            .check_as::<M, RemoteSample>(&self.consumer, case, false)
            .await;
        checked.map_err(|error| format!("{} over REST: {error}", self.name))
    }

    async fn check_as<M: Sampled, C: Sampled>(
        &self,
        caller: &Gm,
        case: &Case,
        names_conflicts: bool,
    ) -> Result<(), String> {
        let gm = &self.running.gm;
        for row in &Query::<M>::new().all(gm).await.unwrap() {
            M::at(row.id()).delete(gm).await.unwrap();
        }
        for row in &case.rows {
            M::write_new(row, true, gm).await.unwrap();
        }
        let mut oracle = Oracle {
            rules: &case.rules,
            rows: case.rows.clone(),
        };
        check_reads::<C>(caller, &oracle, &case.questions).await?;
        for step in &case.steps {
            let what = format!("{step:?}");
            let mut expected = oracle.write(step);
            let outcome = write::<C>(step, caller).await?;
            if let Outcome::Conflict(named) = &mut expected {
                *named &= names_conflicts;
            }
            expect(&what, outcome, expected)?;
            let mut rows: Vec<Row> = {
                let rows = Query::<M>::new().all(gm).await.unwrap();
                rows.iter().map(M::row).collect()
            };
            let mut oracle_rows = oracle.rows.clone();
            for rows in [&mut rows, &mut oracle_rows] {
                rows.sort_by_key(|row| format!("{:?}", row[0]));
            }
            expect(&what, rows, oracle_rows)?;
        }
        Ok(())
    }
}

/// Compares these services, whose rows are of `M`, with the evaluation.
fn compare<M: Sampled>(services: &[Service], runtime: &Runtime, seed: u64) {
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 24,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let checked = runner.run(&case(), |case| {
        let _alone = case.rules.clone().set();
        runtime.block_on(async {
            for service in services {
                service.check::<M>(&case).await.map_err(TestCaseError::fail)?;
            }
            Ok(())
        })
    });
    match checked {
        Ok(()) => {}
        Err(TestError::Fail(reason, case)) => panic!("with GM_SEED={seed}: {reason}\nof {case:?}"),
        Err(error) => panic!("with GM_SEED={seed}: {error}"),
    }
}

#[test]
fn callers_see_and_write_what_random_rules_allow() {
    let seed = gm_tests::random::seed(0x7275_6c65);
    let runtime = Runtime::new().unwrap();
    let services = runtime.block_on(Service::each());
    compare::<RuledSample>(&services, &runtime, seed);
    let gateway = runtime.block_on(Service::gateway());
    compare::<RuledGateway>(&[gateway], &runtime, seed);
}

#[test]
fn callers_see_and_write_what_random_rules_allow_in_postgres() {
    let seed = gm_tests::random::seed(0x7275_6c65);
    let runtime = Runtime::new().unwrap();
    let database = runtime.block_on(Database::create());
    let builder = Gm::builder().expose::<RuledSample>().database(database.url());
    let service = runtime.block_on(Service::start("Postgres", true, builder, None));
    compare::<RuledSample>(&[service], &runtime, seed);
}
