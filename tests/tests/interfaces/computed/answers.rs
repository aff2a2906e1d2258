//! The answers with computed fields, on each storage.

use gm_runtime::{Gm, Query};
use gm_tests::conformance::Running;
use gm_tests::database::TestDatabase;
use serde_json::{Value as Json, json};

use super::{
    AGENT, GatewayTicket, OwnTicket, RemoteTicket, RemoteTicketCreate, Ticket, behind, send, serve, ticket,
};
use crate::storage::Shelf;

const TICKETS: &str = "/gm/tickets";

/// Every answer of an agent has the computed fields, `more` besides those of [`ticket`].
async fn check(service: &Running, more: &Json) {
    let expected = |id, votes, cost| {
        let mut row = ticket(id, votes, cost);
        for (name, value) in more.as_object().unwrap() {
            row[name] = value.clone();
        }
        row
    };
    let agent = Some(AGENT);
    let body = json!({"title": "Printer", "votes": 7, "cost": 70});
    let (status, created) = send(service, agent, "POST", TICKETS, &body).await;
    let id = created["items"][0]["id"].as_i64().unwrap();
    assert_eq!(
        (status, &created["items"]),
        (201, &json!([expected(id, 7, Some(70))]))
    );
    let path = format!("{TICKETS}/{id}");
    let (_, row) = send(service, agent, "GET", &path, &Json::Null).await;
    assert_eq!(row["items"], json!([expected(id, 7, Some(70))]));
    let (_, updated) = send(
        service,
        agent,
        "PATCH",
        &path,
        &json!({"votes": 100, "cost": null}),
    )
    .await;
    assert_eq!(updated["items"], json!([expected(id, 100, None)]));
    for body in [
        json!({}),
        json!({"ordering": "-votes", "page": 1, "page_size": 1}),
        json!({"filters": {"title__startswith": "P"}, "count": false}),
    ] {
        let (status, listed) = send(service, agent, "POST", &format!("{TICKETS}/query"), &body).await;
        assert_eq!(
            (status, &listed["items"]),
            (200, &json!([expected(id, 100, None)])),
            "{body}"
        );
    }
    is_not_written_or_queried(service, &path).await;
    let (status, deleted) = send(service, agent, "DELETE", &path, &Json::Null).await;
    assert_eq!((status, &deleted["items"]), (200, &json!([])));
}

/// No caller writes a computed field, or filters, excludes or orders by it.
async fn is_not_written_or_queried(service: &Running, path: &str) {
    let refused = async |method, path: &str, body: Json| {
        let (status, refused) = send(service, Some(AGENT), method, path, &body).await;
        assert_eq!(
            (status, &refused["error_code"]),
            (400, &json!("invalid_request")),
            "{body}"
        );
    };
    for (name, value) in [
        ("is_popular", json!(true)),
        ("heading", json!("A")),
        ("cost_of_a_vote", json!(1)),
    ] {
        refused("POST", TICKETS, json!({"title": "a", name: value})).await;
        refused("PATCH", path, json!({name: value})).await;
        let query = format!("{TICKETS}/query");
        for lookup in [name.to_owned(), format!("{name}__in"), format!("{name}__isnull")] {
            refused("POST", &query, json!({"filters": {&*lookup: value}})).await;
            refused("POST", &query, json!({"excludes": {&*lookup: value}})).await;
        }
        refused("POST", &query, json!({"ordering": name})).await;
        refused("POST", &query, json!({"ordering": [format!("-{name}")]})).await;
    }
}

#[tokio::test]
async fn answers_have_the_computed_fields_on_each_storage() {
    let postgres = TestDatabase::postgres().await;
    for builder in [
        Gm::builder().in_memory::<Ticket>(),
        Gm::builder().database("sqlite::memory:"),
        Gm::builder().database(postgres.url()),
    ] {
        let service = serve(builder.expose::<Ticket>()).await;
        check(&service, &json!({})).await;
        service.stop().await.unwrap();
    }
    for shelf in [
        Shelf::default(),
        Shelf::default().applying_conditions().applying_cursors(),
    ] {
        let service = serve(Gm::builder().interface::<OwnTicket>(shelf).expose::<OwnTicket>()).await;
        check(&service, &json!({})).await;
        service.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_gateway_serves_the_computed_fields_on_and_adds_its_own() {
    let owner = serve(Gm::builder().database("sqlite::memory:").expose::<Ticket>()).await;
    let gateway = serve(behind(&owner).expose::<GatewayTicket>()).await;
    check(&gateway, &json!({"shout": "PRINTER!"})).await;
    // A caller of the gateway that is no agent.
    RemoteTicket::create(RemoteTicketCreate {
        title: "Printer".into(),
    })
    .cost(7)
    .exec(&behind(&owner).build().await.unwrap())
    .await
    .unwrap();
    let (_, listed) = send(&gateway, None, "POST", "/gm/tickets/query", &json!({})).await;
    let id = &listed["items"][0]["id"];
    // `shout` has a rule, so it does not need all stored fields.
    let expected = json!([{
        "id": id, "title": "Printer", "votes": 0, "is_popular": false, "heading": "PRINTER", "has_cost": true,
        "shout": "PRINTER!",
    }]);
    assert_eq!(listed["items"], expected);
}

#[tokio::test]
async fn a_consumer_reads_them_as_fields() {
    let owner = serve(Gm::builder().database("sqlite::memory:").expose::<Ticket>()).await;
    let gateway = serve(behind(&owner).expose::<GatewayTicket>()).await;
    for service in [&owner, &gateway] {
        let gm = behind(service).build().await.unwrap();
        let created = RemoteTicket::create(RemoteTicketCreate {
            title: "Printer".into(),
        });
        let created = created.votes(3).cost(6).exec(&gm).await.unwrap();
        let expected = RemoteTicket {
            id: created.id,
            title: "Printer".into(),
            votes: 3,
            cost: Some(6),
            is_popular: Some(false),
            heading: "PRINTER".into(),
            cost_of_a_vote: Some(2),
            has_cost: true,
        };
        assert_eq!(created, expected);
        let one: Query<RemoteTicket> = RemoteTicket::filter(|t| t.id.eq(created.id));
        assert_eq!(one.all(&gm).await.unwrap()[..], [expected]);
        let updated = created.update().votes(100).exec(&gm).await.unwrap();
        assert_eq!(
            (updated.is_popular, updated.cost_of_a_vote),
            (Some(true), Some(0))
        );
        assert_eq!(RemoteTicket::get(&gm, created.id).await.unwrap(), updated);
    }
}

/// The owner computes it, so rows in memory need whole rows.
#[tokio::test]
async fn a_consumer_in_memory_has_the_values_that_it_is_given() {
    let row = RemoteTicket {
        id: 1,
        title: "a".into(),
        votes: 0,
        cost: None,
        is_popular: None,
        heading: "A".into(),
        cost_of_a_vote: None,
        has_cost: false,
    };
    let gm = Gm::builder().in_memory_with([row.clone()]).build().await.unwrap();
    assert_eq!(RemoteTicket::get(&gm, 1).await.unwrap(), row);
    let refused = RemoteTicket::create(RemoteTicketCreate { title: "b".into() })
        .exec(&gm)
        .await;
    let fields: Vec<_> = refused
        .unwrap_err()
        .field_errors()
        .iter()
        .filter_map(|error| error.field().map(str::to_owned))
        .collect();
    assert_eq!(
        fields,
        ["votes", "is_popular", "heading", "cost_of_a_vote", "has_cost"]
    );
}
