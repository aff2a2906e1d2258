//! A caller counts the rows and fields in its sight.

use gm_runtime::access::Principal;
use gm_runtime::error::QueryError;
use gm_runtime::{Error, GeneralManager, Gm};
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

/// A gateway with a rule about rows, whose callers may read a field that the owner hides from the gateway.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "tickets")]
#[permission(read = team != "red")]
#[remote_api(resource = "tickets", allow_filter, allow_counts)]
struct RuledGatewayTicket {
    #[field(id)]
    id: i64,
    team: String,
    cost: Option<i64>,
}

/// A field that the owner leaves out is unknown, and not null.
#[tokio::test]
async fn a_field_that_the_owner_leaves_out_is_not_counted_as_null() {
    let owner = serve(Gm::builder().database("sqlite::memory:").expose::<Ticket>()).await;
    create_rows!(Ticket, TicketCreate, &owner.gm);
    let gateway = serve(behind(&owner, BLUE).expose::<RuledGatewayTicket>()).await;
    let (status, refused) = query(&gateway, None, &json!({"count_by": "cost"})).await;
    assert_eq!((status, &refused["details"]["field"]), (400, &json!("count_by")));
    let caller = gateway.gm.acting_as(Principal::anonymous());
    let refused = RuledGatewayTicket::query().count_by(|t| t.cost, &caller).await;
    assert!(
        matches!(
            refused,
            Err(Error::Query(QueryError::AbsentField { field: "cost", .. }))
        ),
        "{refused:?}"
    );
    let (_, reply) = query(&gateway, None, &json!({"count_by": "team"})).await;
    assert_eq!(counts(&reply), json!([["blue", 3]]));
    // Of no rows there is nothing unknown.
    let none = json!({"count_by": "cost", "filters": {"team": "green"}});
    let (status, reply) = query(&gateway, None, &none).await;
    assert_eq!((status, counts(&reply)), (200, json!([])));
    // An owner that hides nothing from the gateway.
    let gateway = serve(behind(&owner, AGENT).expose::<RuledGatewayTicket>()).await;
    let (_, reply) = query(&gateway, None, &json!({"count_by": "cost"})).await;
    assert_eq!(counts(&reply), json!([[0, 3]]));
}
