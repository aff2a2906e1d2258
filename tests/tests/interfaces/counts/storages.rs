//! The same numbers from each storage.

use chrono::NaiveDate;
use gm_runtime::error::QueryError;
use gm_runtime::{Error, Gm};
use gm_tests::database::TestDatabase;
use gm_tests::on_each_database;
use rust_decimal::Decimal;

use super::{
    GatewayTicket, OwnTicket, OwnTicketCreate, RemoteTicket, RemoteTicketCreate, Status, Ticket,
    TicketCreate, behind, by_assignee, create_rows, serve,
};
use crate::storage::Shelf;

/// What holds for a manager wherever its rows are. The managers have the same fields and no common type.
macro_rules! check {
    ($manager:ident, $create:ident, $gm:expr) => {{
        let gm: &Gm = $gm;
        let none = $manager::query()
            .count_by(|t| t.status, gm)
            .fresh()
            .await
            .unwrap();
        assert!(none.is_empty());
        create_rows!($manager, $create, gm);
        let all = || $manager::query();
        assert_eq!(
            all().count_by(|t| t.status, gm).await.unwrap(),
            [(Status::Open, 5), (Status::Closed, 1)]
        );
        assert_eq!(all().count_by(|t| t.assignee, gm).await.unwrap(), by_assignee());
        let teams = [("blue".to_owned(), 3), ("red".to_owned(), 3)];
        assert_eq!(all().count_by(|t| t.team, gm).await.unwrap(), teams);
        let day = NaiveDate::from_ymd_opt(2024, 2, 29);
        assert_eq!(
            all().count_by(|t| t.due, gm).await.unwrap(),
            [(day, 4), (None, 2)]
        );
        assert_eq!(all().count_by(|t| t.urgent, gm).await.unwrap(), [(false, 6)]);
        assert_eq!(all().count_by(|t| t.votes, gm).await.unwrap(), [(0, 6)]);
        assert_eq!(all().count_by(|t| t.weight, gm).await.unwrap(), [(0.0, 6)]);
        assert_eq!(
            all().count_by(|t| t.price, gm).await.unwrap(),
            [(Decimal::new(150, 2), 6)]
        );
        assert_eq!(all().count_by(|t| t.seen, gm).await.unwrap(), [(None, 6)]);
        assert_eq!(all().count_by(|t| t.customer, gm).await.unwrap(), [(None, 6)]);
        assert_eq!(
            all().count_by(|t| t.cost, gm).await.unwrap(),
            [(Some(0), 3), (Some(1), 3)]
        );
        assert_eq!(all().count_by(|t| t.id, gm).await.unwrap().len(), 6);

        // Filters, excludes and text without its case. Neither a page nor an order makes a difference.
        let blue = $manager::filter(|t| t.team.eq("blue"))
            .order_by(|t| t.votes.desc())
            .page(2)
            .page_size(1);
        assert_eq!(
            blue.count_by(|t| t.status, gm).await.unwrap(),
            [(Status::Open, 2), (Status::Closed, 1)]
        );
        let others = $manager::exclude(|t| t.assignee.iexact("ADA") & t.team.eq("blue"));
        assert_eq!(
            others.count_by(|t| t.team, gm).await.unwrap(),
            [("red".to_owned(), 3), ("blue".to_owned(), 1)]
        );
        let ada = $manager::filter(|t| t.assignee.icontains("DA"));
        let names = [(Some("ada".to_owned()), 2), (Some("Ada".to_owned()), 1)];
        assert_eq!(ada.count_by(|t| t.assignee, gm).await.unwrap(), names);
        let none = $manager::filter(|t| t.team.eq("green"));
        assert!(none.count_by(|t| t.status, gm).await.unwrap().is_empty());
    }};
}

async fn a_database_counts_the_rows_by_a_field(database: TestDatabase) {
    let gm = Gm::builder()
        .database(database.url())
        .manager::<Ticket>()
        .build()
        .await
        .unwrap();
    check!(Ticket, TicketCreate, &gm);
    // A pattern, which this process matches on Postgres, and a text that its server does not search for.
    let pattern = Ticket::filter(|t| t.team.regex("^b"));
    let expected = [(Status::Open, 2), (Status::Closed, 1)];
    assert_eq!(pattern.count_by(|t| t.status, &gm).await.unwrap(), expected);
    let long = Ticket::filter(|t| t.team.contains("b".repeat(300)));
    assert!(long.count_by(|t| t.status, &gm).await.unwrap().is_empty());
    // An invalid query is refused as in other verbs.
    let invalid = Ticket::filter(|t| t.team.eq("a") & t.team.eq("b"))
        .count_by(|t| t.status, &gm)
        .await;
    assert!(matches!(invalid, Err(Error::Query(QueryError::Conflict { .. }))));
}

async fn too_many_values_are_an_error(database: TestDatabase) {
    let gm = Gm::builder()
        .database(database.url())
        .max_rows(5)
        .manager::<Ticket>()
        .build()
        .await
        .unwrap();
    create_rows!(Ticket, TicketCreate, &gm);
    assert_eq!(
        Ticket::query().count_by(|t| t.assignee, &gm).await.unwrap(),
        by_assignee()
    );
    let error = Ticket::query().count_by(|t| t.id, &gm).await.unwrap_err();
    let expected = QueryError::TooManyGroups {
        manager: "Ticket",
        field: "id",
        limit: 5,
    };
    assert!(matches!(error, Error::Query(error) if error == expected));
}

on_each_database!(
    a_database_counts_the_rows_by_a_field,
    too_many_values_are_an_error
);

#[tokio::test]
async fn memory_and_own_storage_count_the_rows_by_a_field() {
    let gm = Gm::builder().in_memory::<Ticket>().build().await.unwrap();
    check!(Ticket, TicketCreate, &gm);
    for shelf in [
        Shelf::default(),
        Shelf::default().applying_conditions().applying_cursors(),
    ] {
        let gm = Gm::builder().interface::<OwnTicket>(shelf).build().await.unwrap();
        check!(OwnTicket, OwnTicketCreate, &gm);
    }
}

#[tokio::test]
async fn a_consumer_and_a_gateway_count_the_rows_by_a_field() {
    let owner = serve(Gm::builder().database("sqlite::memory:").expose::<Ticket>()).await;
    check!(
        RemoteTicket,
        RemoteTicketCreate,
        &behind(&owner, super::AGENT).build().await.unwrap()
    );
    let owner = serve(
        Gm::builder()
            .interface::<OwnTicket>(Shelf::default())
            .expose::<OwnTicket>(),
    )
    .await;
    let gateway = serve(behind(&owner, super::AGENT).expose::<GatewayTicket>()).await;
    check!(
        RemoteTicket,
        RemoteTicketCreate,
        &behind(&gateway, super::AGENT).build().await.unwrap()
    );
}
