//! The owner keeps versions and times, on each storage alike.

use std::time::SystemTime;

use chrono::{DateTime, Timelike as _, Utc};
use gm_runtime::{Error, Gm, testing};
use gm_tests::database::TestDatabase;
use gm_tests::on_each_database;
use gm_tests::random::seed;

use super::{
    GatewayTicket, GatewayTicketCreate, OwnTicket, OwnTicketCreate, RemoteTicket, RemoteTicketCreate, Ticket,
    TicketCreate, behind, owner, serve,
};
use crate::storage::Shelf;

fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}

/// What holds for a manager wherever its rows are. The managers have the same fields and no common type.
macro_rules! check {
    ($manager:ident, $create:ident, $gm:expr) => {{
        let gm: &Gm = $gm;
        let before = now();
        let created = $manager::create($create { title: "a".into() })
            .votes(0)
            .exec(gm)
            .await
            .unwrap();
        assert_eq!((created.version, created.votes), (1, 0));
        assert_eq!(created.created, created.updated);
        // To the microsecond, which every storage has.
        assert!(created.created.timestamp_micros() >= before.timestamp_micros() && created.created <= now());
        assert_eq!(created.created.nanosecond() % 1_000, 0);
        assert_eq!($manager::get(gm, created.id).await.unwrap(), created);

        let updated = created.update().title("b").exec(gm).await.unwrap();
        assert_eq!((updated.version, updated.title.as_str()), (2, "b"));
        assert_eq!(updated.created, created.created);
        assert!(updated.updated >= created.updated && updated.updated <= now());
        assert_eq!($manager::get(gm, created.id).await.unwrap(), updated);

        // Nothing changes, so neither does the version.
        let same = updated.update().title("b").votes(0).exec(gm).await.unwrap();
        assert_eq!(same, updated);
        let same = updated.update().exec(gm).await.unwrap();
        assert_eq!(same, updated);

        // Another editor read the row before.
        is_stale(created.update().title("c").exec(gm).await);
        is_stale(created.update().title("b").exec(gm).await);
        is_stale(created.delete(gm).await);
        is_stale(
            $manager::by_id(created.id)
                .if_version(1)
                .update()
                .votes(7)
                .exec(gm)
                .await,
        );
        is_stale($manager::by_id(created.id).if_version(3).delete(gm).await);
        assert_eq!($manager::get(gm, created.id).await.unwrap(), updated);

        let third = $manager::by_id(created.id)
            .if_version(2)
            .update()
            .votes(1)
            .exec(gm)
            .await
            .unwrap();
        assert_eq!((third.version, third.votes, third.title.as_str()), (3, 1, "b"));
        let fourth = created.update().title("d").overwrite().exec(gm).await.unwrap();
        assert_eq!((fourth.version, fourth.votes, fourth.title.as_str()), (4, 1, "d"));
        let fifth = $manager::by_id(created.id)
            .update()
            .votes(2)
            .exec(gm)
            .await
            .unwrap();
        assert_eq!(fifth.version, 5);
        let sixth = $manager::by_id(created.id)
            .if_version(5)
            .update()
            .votes(3)
            .overwrite()
            .exec(gm)
            .await;
        assert_eq!(sixth.unwrap().version, 6);

        // Queries use the fields like others.
        let second = $manager::create($create { title: "e".into() })
            .votes(0)
            .exec(gm)
            .await
            .unwrap();
        let newest = $manager::filter(|t| t.version.gte(1)).order_by(|t| [t.updated.desc(), t.id.desc()]);
        let newest = newest.all(gm).fresh().await.unwrap();
        assert_eq!(
            newest.iter().map(|row| row.id).collect::<Vec<_>>(),
            [second.id, created.id]
        );
        let by_time = $manager::filter(|t| t.created.eq(created.created) & t.version.eq(6));
        assert_eq!(by_time.fresh_ids(gm).await, [created.id]);

        // A row that is gone is missing, whatever its version was.
        is_stale(fourth.delete(gm).await);
        fourth.delete(gm).overwrite().await.unwrap();
        assert!(fourth.delete(gm).await.unwrap_err().is_not_found());
        assert!(
            fourth
                .update()
                .title("f")
                .exec(gm)
                .await
                .unwrap_err()
                .is_not_found()
        );
        let second = second.update().title("g").exec(gm).await.unwrap();
        second.delete(gm).await.unwrap();
        assert_eq!($manager::count(gm).fresh().await.unwrap(), 0);
    }};
}

/// The ids of the rows that match.
trait FreshIds {
    async fn fresh_ids(&self, gm: &Gm) -> Vec<i64>;
}

macro_rules! fresh_ids {
    ($($manager:ident),*) => {
        $(impl FreshIds for gm_runtime::Query<$manager> {
            async fn fresh_ids(&self, gm: &Gm) -> Vec<i64> {
                let rows = self.all(gm).fresh().await.unwrap();
                rows.iter().map(|row| row.id).collect()
            }
        })*
    };
}

fresh_ids!(Ticket, OwnTicket, RemoteTicket, GatewayTicket);

fn is_stale<T: std::fmt::Debug>(written: Result<T, Error>) {
    let error = written.unwrap_err();
    assert!(error.is_stale(), "{error}");
    assert!(matches!(error, Error::Stale { .. }), "{error}");
    assert!(
        !error.is_retryable() && !error.is_outcome_unknown() && !error.is_conflict(),
        "{error}"
    );
}

#[tokio::test]
async fn the_owner_keeps_them_in_memory() {
    check!(
        Ticket,
        TicketCreate,
        &Gm::builder().in_memory::<Ticket>().build().await.unwrap()
    );
    // Rows in memory have no owner, so they are kept here.
    let remote = Gm::builder().in_memory::<RemoteTicket>().build().await.unwrap();
    check!(RemoteTicket, RemoteTicketCreate, &remote);
}

async fn the_owner_keeps_them_in_a_database(database: TestDatabase) {
    let gm = Gm::builder()
        .database(database.url())
        .manager::<Ticket>()
        .build()
        .await
        .unwrap();
    check!(Ticket, TicketCreate, &gm);
}

on_each_database!(the_owner_keeps_them_in_a_database);

#[tokio::test]
async fn the_framework_keeps_them_in_own_storage() {
    let gm = Gm::builder()
        .interface::<OwnTicket>(Shelf::default())
        .build()
        .await
        .unwrap();
    check!(OwnTicket, OwnTicketCreate, &gm);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kit_compares_what_the_owner_keeps() {
    let kit = testing::storage::<OwnTicket, _>(async || Shelf::default());
    kit.seed(seed(31)).run().await.unwrap();
    let kit = testing::handle::<Ticket, _>(async || {
        let builder = Gm::builder().database("sqlite::memory:");
        builder.manager::<Ticket>().build().await
    });
    kit.seed(seed(32)).run().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_and_a_gateway_hand_them_on() {
    let owner = owner().await;
    check!(
        RemoteTicket,
        RemoteTicketCreate,
        &behind(&owner).build().await.unwrap()
    );
    let gateway = serve(behind(&owner).expose::<GatewayTicket>()).await;
    check!(GatewayTicket, GatewayTicketCreate, &gateway.gm);
    check!(
        RemoteTicket,
        RemoteTicketCreate,
        &behind(&gateway).build().await.unwrap()
    );
}
