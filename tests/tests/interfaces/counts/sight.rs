//! A caller counts the rows and fields in its sight.

use gm_runtime::access::Principal;
use gm_runtime::{Error, Gm};
use gm_tests::conformance::Running;
use gm_tests::database::TestDatabase;
use serde_json::json;

use super::wire::query;
use super::{
    AGENT, BLUE, GatewayTicket, OwnTicket, OwnTicketCreate, RemoteTicket, Status, Ticket, TicketCreate,
    behind, counts, create_rows, serve,
};
use crate::storage::Shelf;

async fn check(service: &Running) {
    let by_team = json!({"count_by": "team"});
    let (_, reply) = query(service, Some(AGENT), &by_team).await;
    assert_eq!(
        (counts(&reply), &reply["total_count"]),
        (json!([["blue", 3], ["red", 3]]), &json!(6))
    );
    let (_, reply) = query(service, Some(BLUE), &by_team).await;
    assert_eq!(
        (counts(&reply), &reply["total_count"]),
        (json!([["blue", 3]]), &json!(3))
    );
    let (_, reply) = query(
        service,
        Some(BLUE),
        &json!({"count_by": "status", "filters": {"team": "red"}}),
    )
    .await;
    assert_eq!((counts(&reply), &reply["total_count"]), (json!([]), &json!(0)));
    // No caller: its rule is that of no team.
    let (status, reply) = query(service, None, &by_team).await;
    assert_eq!((status, counts(&reply)), (200, json!([])));
    assert_eq!(reply["total_count"], json!(0));
    // A hidden field answers like an unknown one.
    let (status, hidden) = query(service, Some(BLUE), &json!({"count_by": "cost"})).await;
    let (_, unknown) = query(service, Some(BLUE), &json!({"count_by": "cots"})).await;
    assert_eq!((status, &hidden["error_code"]), (400, &json!("invalid_request")));
    assert_eq!(hidden["details"]["message"], unknown["details"]["message"]);
    let (_, reply) = query(service, Some(AGENT), &json!({"count_by": "cost"})).await;
    assert_eq!(counts(&reply), json!([[0, 3], [1, 3]]));
}

#[tokio::test]
async fn rows_and_fields_out_of_sight_are_not_counted() {
    let postgres = TestDatabase::postgres().await;
    for builder in [
        Gm::builder().in_memory::<Ticket>(),
        Gm::builder().database("sqlite::memory:"),
        Gm::builder().database(postgres.url()),
    ] {
        let service = serve(builder.expose::<Ticket>()).await;
        create_rows!(Ticket, TicketCreate, &service.gm);
        check(&service).await;
        service.stop().await.unwrap();
    }
    for shelf in [Shelf::default(), Shelf::default().applying_conditions()] {
        let service = serve(Gm::builder().interface::<OwnTicket>(shelf).expose::<OwnTicket>()).await;
        create_rows!(OwnTicket, OwnTicketCreate, &service.gm);
        check(&service).await;
        let gateway = serve(behind(&service, AGENT).expose::<GatewayTicket>()).await;
        check(&gateway).await;
    }
}

#[tokio::test]
async fn a_handle_that_acts_as_a_caller_counts_what_the_caller_sees() {
    let gm = Gm::builder()
        .database("sqlite::memory:")
        .manager::<Ticket>()
        .build()
        .await
        .unwrap();
    create_rows!(Ticket, TicketCreate, &gm);
    let blue = gm.acting_as(Principal::named("blue"));
    let expected = [(Status::Open, 2), (Status::Closed, 1)];
    assert_eq!(
        Ticket::query().count_by(|t| t.status, &blue).await.unwrap(),
        expected
    );
    let denied = Ticket::query().count_by(|t| t.cost, &blue).await;
    assert!(matches!(denied, Err(Error::FieldDenied { field: "cost", .. })));
    let hidden = Ticket::filter(|t| t.cost.eq(1))
        .count_by(|t| t.status, &blue)
        .await;
    assert!(matches!(hidden, Err(Error::FieldDenied { field: "cost", .. })));
}

#[tokio::test]
async fn a_consumer_counts_with_its_credential() {
    let owner = serve(Gm::builder().database("sqlite::memory:").expose::<Ticket>()).await;
    create_rows!(Ticket, TicketCreate, &owner.gm);
    let blue = behind(&owner, BLUE).build().await.unwrap();
    let expected = [(Status::Open, 2), (Status::Closed, 1)];
    assert_eq!(
        RemoteTicket::query().count_by(|t| t.status, &blue).await.unwrap(),
        expected
    );
    let refused = RemoteTicket::query()
        .count_by(|t| t.cost, &blue)
        .await
        .unwrap_err();
    assert!(
        matches!(&refused, Error::Remote(error) if error.status() == 400),
        "{refused}"
    );
}
