//! The health of a service whose database can't be reached.

use std::time::Duration;

use gm_runtime::health::{DatabaseHealth, NotReady};
use gm_runtime::{GeneralManager, Gm};
use gm_tests::postgres::{Database, Mode, Proxy};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "notes")]
struct Note {
    #[field(id)]
    id: i64,
    text: String,
}

async fn until(gm: &Gm, state: DatabaseHealth) {
    while gm.health().database != Some(state) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// All replicas lose a shared database at once.
#[tokio::test]
async fn a_database_that_is_away_ends_readiness_only_by_choice() {
    let database = Database::create().await;
    let proxy = Proxy::to(database.address());
    let builder = || {
        Gm::builder()
            .database(database.url_at(&proxy.address()))
            .database_heartbeat(Duration::from_secs(1))
            .manager::<Note>()
    };
    let usual = builder().build().await.unwrap();
    let strict = builder().ready_needs_database().build().await.unwrap();
    for gm in [&usual, &strict] {
        until(gm, DatabaseHealth::Available).await;
        assert!(gm.health().is_ready());
        let health = gm.health();
        let names: Vec<_> = health.loops.iter().map(|each| each.name).collect();
        assert!(names.contains(&"postgres change feed"), "{names:?}");
        assert!(names.contains(&"postgres connections"), "{names:?}");
    }
    proxy.set(Mode::Stall);
    for gm in [&usual, &strict] {
        until(gm, DatabaseHealth::Unreachable).await;
        assert!(gm.health().is_live());
    }
    assert!(usual.health().is_ready());
    assert_eq!(strict.health().not_ready, [NotReady::DatabaseUnreachable]);
    proxy.set(Mode::Forward);
    for gm in [&usual, &strict] {
        until(gm, DatabaseHealth::Available).await;
        assert!(gm.health().is_ready());
    }
}
