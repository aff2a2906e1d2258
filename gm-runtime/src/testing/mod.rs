//! Tests for an application's own storage, behind the feature `testing`.
//!
//! [`storage`] asks an [`Interface`] what the framework asks it, by chance, and compares each answer with that of storage in
//! memory ([`GmBuilder::in_memory`](crate::GmBuilder::in_memory)). Rows and queries are made from the description of the
//! struct. So a storage that is not in the project has the test that the project's own storages have.
//!
//! ```toml
//! [dev-dependencies]
//! gm-runtime = { version = "0.1", features = ["testing"] }
//! ```

mod ask;
mod case;
mod concurrent;
mod failure;
mod judged;
mod oracle;
mod random;
mod rule;
mod run;
mod shrink;
mod subject;
mod values;
mod words;

use std::marker::PhantomData;

pub use failure::Failure;

use self::case::Step;
use self::failure::Mismatch;
use self::random::Random;
use self::run::Run;
use self::shrink::{Failed, shrink};
use self::subject::Subject;
use self::values::Values;
use crate::error::Error;
use crate::gm::Gm;
use crate::interface::Interface;
use crate::manager::{Manager, Record};
use crate::query::Select;

/// Compares an application's own storage with storage in memory.
///
/// `make` is called for each case, and gives empty storage each time. Storage that outlives it, such as a table, is emptied
/// by `make`.
///
/// # What is compared
/// - Queries: every lookup but patterns, `exclude`, ordering with nulls and ties, pages, totals, `count`, `first`, `exists`,
///   and a `stream` whose pages overlap. Callers may request more than rows can match, and so does the kit: null of a field
///   that is never null, a month 13, and a page whose position overflows.
/// - Writes: create, update and delete, rows that are missing, updates that change nothing, ids that are taken, and fields
///   that are `unique`. Some have a comment for the history. Each write publishes the event of its row, and no other.
/// - Writes at the same time: ids that are assigned twice, a row that is created twice, an update that undoes another one, a
///   row that is deleted twice. A `#[tokio::test(flavor = "multi_thread")]` runs them on several threads.
/// - Rules of callers: random conditions in [`Select::condition`], if the storage
///   [applies conditions](Interface::applies_conditions), and writes that a condition allows or refuses.
///
/// A struct with `#[manager(validate)]` gets no updates at the same time, since each may be valid and their sum not.
///
/// Rules that the struct does not declare, such as a foreign key, are not known here: test them beside it.
///
/// ```
/// use std::sync::{Mutex, PoisonError};
///
/// use gm_runtime::interface::{Interface, Updated};
/// use gm_runtime::manager::Values;
/// use gm_runtime::query::{Page, Select};
/// use gm_runtime::{Error, GeneralManager};
///
/// #[derive(Clone, Debug, GeneralManager)]
/// #[manager(interface = Notes)]
/// struct Note {
///     #[field(id)]
///     id: i64,
///     text: String,
/// }
///
/// /// The rows, and the last id that was assigned.
/// #[derive(Default)]
/// struct Notes(Mutex<(Vec<Note>, i64)>);
///
/// impl Interface<Note> for Notes {
///     async fn query(&self, select: &Select) -> Result<Page<Note>, Error> {
///         let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
///         Ok(select.page_of(&state.0))
///     }
///
///     async fn get(&self, id: &i64) -> Result<Option<Note>, Error> {
///         let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
///         Ok(state.0.iter().find(|note| note.id == *id).cloned())
///     }
///
///     async fn create(&self, values: &Values) -> Result<Note, Error> {
///         let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
///         state.1 += 1;
///         let note: Note = values.to_row_with_id(state.1)?;
///         state.0.push(note.clone());
///         Ok(note)
///     }
///
///     async fn update(&self, id: &i64, values: &Values) -> Result<Option<Updated<Note>>, Error> {
///         let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
///         let Some(note) = state.0.iter_mut().find(|note| note.id == *id) else {
///             return Ok(None);
///         };
///         let updated = values.applied_to(note)?;
///         *note = updated.row.clone();
///         Ok(Some(updated))
///     }
///
///     async fn delete(&self, id: &i64) -> Result<bool, Error> {
///         let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
///         let before = state.0.len();
///         state.0.retain(|note| note.id != *id);
///         Ok(state.0.len() < before)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// gm_runtime::testing::storage::<Note, _>(async || Notes::default()).run().await.unwrap();
/// # }
/// ```
pub fn storage<M: Manager, I: Interface<M>>(
    make: impl AsyncFn() -> I,
) -> Conformance<M, impl AsyncFn() -> Result<Gm, Error>> {
    let make = async move || Gm::builder().interface::<M>(make().await).build().await;
    Conformance::new(make, true)
}

/// The same of a handle whose `M` lives anywhere: for storage that needs other settings of the builder, and for another
/// service.
///
/// The events of the writes are not looked at, since those of another service arrive later.
pub fn handle<M: Manager, F: AsyncFn() -> Result<Gm, Error>>(make: F) -> Conformance<M, F> {
    Conformance::new(make, false)
}

/// A comparison that [`run`](Self::run) carries out. What [`storage`] and [`handle`] give.
#[must_use = "nothing is compared until `run` is called and awaited"]
pub struct Conformance<M, F> {
    make: F,
    seed: u64,
    cases: u64,
    examples: Vec<Record>,
    publishes: bool,
    brand: PhantomData<fn() -> M>,
}

/// How many of the cases are followed by writes at the same time.
const CONCURRENT_CASES: usize = 4;

impl<M: Manager, F: AsyncFn() -> Result<Gm, Error>> Conformance<M, F> {
    fn new(make: F, publishes: bool) -> Self {
        Self {
            make,
            seed: 0,
            cases: 24,
            examples: Vec::new(),
            publishes,
            brand: PhantomData,
        }
    }

    /// The seed of the first case; 0 by default, so that each run of a test suite tries the same. Each further case has the
    /// next seed. A [`Failure`] says which one it had.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How many cases are tried; 24 by default. Each creates up to a dozen rows and reads about thirty queries.
    pub fn cases(mut self, cases: u64) -> Self {
        self.cases = cases;
        self
    }

    /// Rows that are used besides, whole and value by value. They are for fields that take none of the values that the kit
    /// knows, such as those with a `regex` or a type of the application's own, and for a `validate` that refuses most rows.
    pub fn examples(mut self, rows: impl IntoIterator<Item = M>) -> Self {
        self.examples.extend(rows.into_iter().map(|row| row.to_record()));
        self
    }

    /// Compares.
    ///
    /// # Errors
    /// The first [`Failure`], in as few steps as it was found to need.
    pub async fn run(self) -> Result<(), Failure> {
        let failure = |seed, Failed { mismatch, before }| Failure {
            manager: M::DESCRIPTION.name(),
            mismatch,
            before,
            seed,
        };
        let seeds = || (0..self.cases).map(|case| self.seed.wrapping_add(case));
        let mut written = 0;
        for seed in seeds() {
            written += self.case(seed).await.map_err(|failed| failure(seed, failed))?;
        }
        if written == 0 && self.cases > 0 {
            let none = failed(Mismatch {
                asked: "creates of rows by chance".to_owned(),
                expected: "a row that is valid".to_owned(),
                came: "none: give rows with `.examples([..])`".to_owned(),
            });
            return Err(failure(self.seed, none));
        }
        // After all cases, since a failure of single steps is easier to understand.
        for seed in seeds().take(CONCURRENT_CASES) {
            self.at_once(seed).await.map_err(|failed| failure(seed, failed))?;
        }
        Ok(())
    }

    /// One case; how many rows it created.
    async fn case(&self, seed: u64) -> Result<usize, Failed> {
        let mut random = Random::new(seed);
        let values = self.values(&mut random)?;
        let steps = case::steps(M::DESCRIPTION, &values, &mut random);
        match self.steps(&steps).await {
            Ok(written) => Ok(written),
            Err(first) => Err(shrink(steps, first, async |steps| self.steps(steps).await).await),
        }
    }

    /// Writes at the same time.
    async fn at_once(&self, seed: u64) -> Result<(), Failed> {
        let mut random = Random::new(seed);
        let values = self.values(&mut random)?;
        let subject = self.subject().await?;
        concurrent::check(&subject, &values, &mut random)
            .await
            .map_err(failed)
    }

    fn values(&self, random: &mut Random) -> Result<Values, Failed> {
        Values::of(M::DESCRIPTION, &self.examples, random).map_err(|field| {
            failed(Mismatch {
                asked: format!("a value of the field `{}`", field.name()),
                expected: "one that the field takes".to_owned(),
                came: "none is known: give rows with `.examples([..])`".to_owned(),
            })
        })
    }

    async fn steps(&self, steps: &[Step]) -> Result<usize, Failed> {
        let subject = self.subject().await?;
        let mut run = Run::new(&subject, self.publishes);
        for step in steps {
            if let Err(mismatch) = run.step(step).await {
                let before = run.done;
                return Err(Failed { mismatch, before });
            }
        }
        Ok(run.written)
    }

    /// New storage, which is empty.
    async fn subject(&self) -> Result<Subject<M>, Failed> {
        let asked = || "every row, before any is created".to_owned();
        let mismatch = |came: String| {
            failed(Mismatch {
                asked: asked(),
                expected: "no row: each call of `make` gives empty storage".to_owned(),
                came,
            })
        };
        let made = (self.make)().await.and_then(Subject::new);
        let subject = made.map_err(|error| mismatch(error.to_string()))?;
        let read = subject.read(&Select::new()).await;
        let read = read.map_err(|error| mismatch(error.to_string()))?;
        if read.rows.is_empty() {
            Ok(subject)
        } else {
            Err(mismatch(words::rows(M::DESCRIPTION, &read.rows)))
        }
    }
}

fn failed(mismatch: Mismatch) -> Failed {
    let before = Vec::new();
    Failed { mismatch, before }
}

impl<M: Manager, F> std::fmt::Debug for Conformance<M, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Conformance")
            .field("manager", &M::DESCRIPTION.name())
            .field("seed", &self.seed)
            .field("cases", &self.cases)
            .finish_non_exhaustive()
    }
}
