//! Plans, and rows that are changed with them: some refer to a plan alone, and others are referred to themselves.

use std::sync::{Arc, Mutex};

use gm_runtime::change::{Action, Change, Subscription};
use gm_runtime::{GeneralManager, Gm, GmBuilder, Manager};
use gm_tests::database::TestDatabase;
use gm_tests::marker::Marker;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "plans")]
#[permission(read = public, delete = public)]
#[remote_api(resource = "plans", allow_filter, allow_detail, allow_delete)]
pub(crate) struct Plan {
    #[field(id)]
    pub(crate) id: i64,
}

/// No row refers to a mark.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "marks")]
pub(crate) struct Mark {
    #[field(id)]
    pub(crate) id: i64,
    #[field(references = Plan, on_delete = cascade)]
    pub(crate) plan_id: i64,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "phases")]
pub(crate) struct Phase {
    #[field(id)]
    pub(crate) id: i64,
    #[field(references = Plan, on_delete = cascade)]
    pub(crate) plan_id: i64,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "steps")]
pub(crate) struct Step {
    #[field(id)]
    pub(crate) id: i64,
    #[field(references = Phase, on_delete = cascade)]
    pub(crate) phase_id: i64,
}

/// A note whose plan is required by its validation, although the deletion of a plan would make it null.
#[derive(Clone, Debug, PartialEq, GeneralManager, garde::Validate)]
#[database(table = "notes")]
#[manager(validate)]
#[garde(allow_unvalidated)]
pub(crate) struct Note {
    #[field(id)]
    pub(crate) id: i64,
    #[field(references = Plan, on_delete = set_null)]
    #[garde(required)]
    pub(crate) plan_id: Option<i64>,
}

/// The builder of a database.
pub(crate) fn of(database: &TestDatabase) -> GmBuilder {
    Gm::builder()
        .database(database.url())
        .expose::<Plan>()
        .manager::<Mark>()
        .manager::<Phase>()
        .manager::<Step>()
        .manager::<Note>()
        .manager::<Marker>()
}

pub(crate) fn in_memory() -> GmBuilder {
    Gm::builder()
        .in_memory::<Plan>()
        .expose::<Plan>()
        .in_memory::<Mark>()
        .in_memory::<Phase>()
        .in_memory::<Step>()
        .in_memory::<Note>()
        .in_memory::<Marker>()
}

/// Makes a test of each function on memory, SQLite and Postgres. The functions have a builder as the parameter.
#[macro_export]
macro_rules! on_each_builder {
    ($($name:ident),* $(,)?) => {
        mod in_memory {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::$name($crate::plans::in_memory()).await;
                }
            )*
        }

        mod on_sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    let database = gm_tests::database::TestDatabase::sqlite();
                    super::$name($crate::plans::of(&database)).await;
                }
            )*
        }

        mod on_postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    let database = gm_tests::database::TestDatabase::postgres().await;
                    super::$name($crate::plans::of(&database)).await;
                }
            )*
        }
    };
}

pub(crate) async fn plan(gm: &Gm) -> i64 {
    Plan::create(PlanCreate {}).exec(gm).await.unwrap().id
}

pub(crate) async fn marks(gm: &Gm, plan_id: i64, count: usize) {
    let marks = (0..count).map(|_| MarkCreate { plan_id });
    Mark::create_many(marks).exec(gm).await.unwrap();
}

pub(crate) async fn phases(gm: &Gm, plan_id: i64, count: usize) -> Vec<i64> {
    let phases = (0..count).map(|_| PhaseCreate { plan_id });
    Phase::create_many(phases).exec(gm).await.unwrap()
}

pub(crate) async fn steps(gm: &Gm, phase_id: i64, count: usize) {
    let steps = (0..count).map(|_| StepCreate { phase_id });
    Step::create_many(steps).exec(gm).await.unwrap();
}

pub(crate) async fn note(gm: &Gm, plan_id: i64) -> Note {
    let note = Note::create(NoteCreate {});
    note.plan_id(Some(plan_id)).exec(gm).await.unwrap()
}

/// The numbers of plans, marks, phases and steps.
pub(crate) async fn counts(gm: &Gm) -> [u64; 4] {
    [
        Plan::count(gm).await.unwrap(),
        Mark::count(gm).await.unwrap(),
        Phase::count(gm).await.unwrap(),
        Step::count(gm).await.unwrap(),
    ]
}

pub(crate) type Events = Arc<Mutex<Vec<(&'static str, Action)>>>;

/// Records the changes of a manager.
pub(crate) fn watch<M: Manager>(gm: &Gm, events: &Events) -> Subscription {
    let events = Arc::clone(events);
    let listener = move |change: &Change| {
        let event = (M::DESCRIPTION.name(), change.action());
        events.lock().unwrap().push(event);
    };
    gm.on_change::<M>(listener).unwrap()
}
