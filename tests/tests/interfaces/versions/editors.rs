//! Two editors of the same row at once: no change is lost. `GM_CASES` is the number of pairs in each storage of this process.

use futures_util::future::join_all;
use gm_runtime::{Error, Gm};
use gm_tests::database::TestDatabase;
use gm_tests::on_each_database;

use super::{
    OwnTicket, OwnTicketCreate, RemoteTicket, RemoteTicketCreate, Ticket, TicketCreate, behind, owner, serve,
};
use crate::storage::Shelf;

/// Each pair of editors has read the same row, and both write at once.
macro_rules! pairs {
    ($manager:ident, $create:ident, $pairs:expr, $gm:expr) => {{
        let gm: &Gm = $gm;
        let pair = |number: u32| async move {
            let row = $create {
                title: format!("{number}"),
            };
            let row = $manager::create(row).exec(gm).await.unwrap();
            let edit = |votes| row.update().votes(votes).exec(gm);
            let (one, other) = futures_util::join!(edit(1), edit(2));
            let stored = $manager::get(gm, row.id).fresh().await.unwrap();
            assert_eq!(stored.version, 2);
            // Exactly one of them wrote, and the other one knows that it did not.
            let (written, refused) = match (one, other) {
                (Ok(written), Err(refused)) | (Err(refused), Ok(written)) => (written, refused),
                both => panic!("{both:?}"),
            };
            assert!(refused.is_stale(), "{refused}");
            assert_eq!(stored, written);
        };
        join_all((0..$pairs).map(pair)).await;
    }};
}

/// Editors of one row, each of whom adds votes and tries again where it is stale.
macro_rules! votes {
    ($manager:ident, $create:ident, $editors:expr, $gm:expr) => {{
        const VOTES: i64 = 10;
        let gm: &Gm = $gm;
        let row = $create {
            title: "shared".into(),
        };
        let row = $manager::create(row).exec(gm).await.unwrap();
        let editor = |_| async {
            for _ in 0..VOTES {
                let mut row = $manager::get(gm, row.id).await?;
                while let Err(error) = row.update().votes(row.votes + 1).exec(gm).await {
                    if !error.is_stale() {
                        return Err(error);
                    }
                    row = $manager::get(gm, row.id).fresh().await?;
                }
            }
            Ok::<(), Error>(())
        };
        for voted in join_all((0..$editors).map(editor)).await {
            voted.unwrap();
        }
        let row = $manager::get(gm, row.id).fresh().await.unwrap();
        assert_eq!((row.votes, row.version), ($editors * VOTES, 1 + $editors * VOTES));
    }};
}

/// The number of pairs, all of which write at once.
fn pairs(default: u32) -> u32 {
    std::env::var("GM_CASES").map_or(default, |cases| cases.parse().unwrap())
}

async fn no_update_is_lost_in_a_database(database: TestDatabase) {
    let pairs = pairs(500);
    // Both writes of each pair wait at once.
    let queue = usize::try_from(2 * pairs).unwrap().max(1_024);
    let gm = Gm::builder()
        .database(database.url())
        .database_queue(queue.try_into().unwrap())
        .manager::<Ticket>()
        .build()
        .await
        .unwrap();
    pairs!(Ticket, TicketCreate, pairs, &gm);
    votes!(Ticket, TicketCreate, 8, &gm);
}

on_each_database!(no_update_is_lost_in_a_database);

#[tokio::test]
async fn no_update_is_lost_between_replicas_on_postgres() {
    let database = TestDatabase::postgres().await;
    let replica = || async {
        Gm::builder()
            .database(database.url())
            .manager::<Ticket>()
            .build()
            .await
            .unwrap()
    };
    let (here, there) = (&replica().await, &replica().await);
    let pair = |number: u32| async move {
        let row = TicketCreate {
            title: format!("{number}"),
        };
        let row = Ticket::create(row).exec(here).await.unwrap();
        let (one, other) = futures_util::join!(
            row.update().votes(1).exec(here),
            row.update().votes(2).exec(there)
        );
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        assert!(one.and(other).unwrap_err().is_stale());
        assert_eq!(Ticket::get(there, row.id).await.unwrap().version, 2);
    };
    join_all((0..200).map(pair)).await;
}

#[tokio::test]
async fn no_update_is_lost_in_memory_and_in_own_storage() {
    let gm = Gm::builder().in_memory::<Ticket>().build().await.unwrap();
    pairs!(Ticket, TicketCreate, pairs(50), &gm);
    votes!(Ticket, TicketCreate, 4, &gm);
    let gm = Gm::builder()
        .interface::<OwnTicket>(Shelf::default())
        .build()
        .await
        .unwrap();
    pairs!(OwnTicket, OwnTicketCreate, pairs(50), &gm);
    votes!(OwnTicket, OwnTicketCreate, 4, &gm);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_update_is_lost_over_the_wire_and_through_a_gateway() {
    let owner = owner().await;
    let consumer = behind(&owner).build().await.unwrap();
    pairs!(RemoteTicket, RemoteTicketCreate, 50_u32, &consumer);
    votes!(RemoteTicket, RemoteTicketCreate, 4, &consumer);
    let gateway = serve(behind(&owner).expose::<super::GatewayTicket>()).await;
    let consumer = behind(&gateway).build().await.unwrap();
    pairs!(RemoteTicket, RemoteTicketCreate, 50_u32, &consumer);
}
