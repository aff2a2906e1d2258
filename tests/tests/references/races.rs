//! Rows that get a reference while the row that they refer to is deleted.

use std::time::Duration;

use gm_runtime::{Gm, GmBuilder};
use gm_tests::database::TestDatabase;
use gm_tests::random::Random;

use crate::on_each_builder;
use crate::plans::{Phase, PhaseCreate, Plan, Step, StepCreate, of, plan};

on_each_builder! {
    no_row_refers_to_a_row_that_was_deleted_meanwhile,
}

const PLANS: usize = 12;
const WRITERS: u64 = 4;

/// The most phases that a writer adds, so that the test ends however slow the deletions are.
const MAX_CREATED: usize = 400;

/// How many refusals end a writer.
const MAX_REFUSED: usize = 50;

/// Waits for locks for longer than the test may take, so that a slow machine fails no write.
fn patient(builder: GmBuilder) -> GmBuilder {
    builder
        .transaction_time_limit(Duration::from_secs(120))
        .database_busy_timeout(Duration::from_secs(120))
}

async fn no_row_refers_to_a_row_that_was_deleted_meanwhile(builder: GmBuilder) {
    let gm = patient(builder).build().await.unwrap();
    race(&[gm]).await;
}

/// Two services write to one database.
#[tokio::test(flavor = "multi_thread")]
async fn no_row_refers_to_a_row_that_another_service_has_deleted_meanwhile() {
    let database = TestDatabase::postgres().await;
    let services = [
        patient(of(&database)).build().await.unwrap(),
        patient(of(&database)).build().await.unwrap(),
    ];
    race(&services).await;
}

async fn race(services: &[Gm]) {
    let mut plans = Vec::new();
    for _ in 0..PLANS {
        plans.push(plan(&services[0]).await);
    }
    let writers = (0..WRITERS).flat_map(|seed| {
        let plans = &plans;
        services
            .iter()
            .map(move |gm| tokio::spawn(add_rows(gm.clone(), plans.clone(), seed)))
    });
    let writers: Vec<_> = writers.collect();
    let deleters = services.iter().map(|gm| {
        let (gm, plans) = (gm.clone(), plans.clone());
        tokio::spawn(async move {
            let mut deleted = 0;
            for plan in plans {
                match Plan::by_id(plan).delete(&gm).await {
                    Ok(()) => deleted += 1,
                    Err(error) => assert!(error.is_not_found(), "{error}"),
                }
            }
            deleted
        })
    });
    let mut deleted = 0;
    for deleter in deleters.collect::<Vec<_>>() {
        deleted += deleter.await.unwrap();
    }
    let mut created = 0;
    for writer in writers {
        created += writer.await.unwrap();
    }
    assert_eq!(deleted, PLANS);
    assert!(created > 0, "no row was added before the plans were gone");
    let gm = &services[0];
    assert_eq!(Plan::count(gm).await.unwrap(), 0);
    assert_eq!(*Phase::all(gm).await.unwrap(), [] as [Phase; 0]);
    assert_eq!(*Step::all(gm).await.unwrap(), [] as [Step; 0]);
}

/// Adds rows to plans, most of the time until all of them are gone, and returns how many.
async fn add_rows(gm: Gm, plans: Vec<i64>, seed: u64) -> usize {
    let mut random = Random::new(seed);
    let (mut created, mut refused) = (0, 0);
    while refused < MAX_REFUSED && created < MAX_CREATED {
        let plan_id = plans[random.below(plans.len())];
        let phase = match Phase::create(PhaseCreate { plan_id }).exec(&gm).await {
            Ok(phase) => phase,
            Err(error) => {
                assert!(
                    error.is_conflict() && error.to_string().contains("plan_id"),
                    "{error}"
                );
                refused += 1;
                continue;
            }
        };
        created += 1;
        match Step::create(StepCreate { phase_id: phase.id }).exec(&gm).await {
            Ok(_) => {}
            Err(error) => assert!(
                error.is_conflict() && error.to_string().contains("phase_id"),
                "{error}"
            ),
        }
    }
    created
}
