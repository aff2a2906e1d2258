//! Rows of an owner that do not fit the struct of a gateway, so that no rule of the gateway can judge them.

use gm_runtime::{GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::raw::Request;
use serde_json::{Value as Json, json};

use crate::services::{behind, serve};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "tickets")]
#[permission(read = public, update = public, delete = public)]
#[remote_api(resource = "tickets", allow_filter, allow_detail, allow_update, allow_delete)]
struct Ticket {
    #[field(id)]
    id: i64,
    team: String,
    note: Option<i64>,
}

/// A gateway that takes the note for a text.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "tickets")]
#[permission(read = team != "red", update = public, delete = public)]
#[remote_api(resource = "tickets", allow_filter, allow_detail, allow_update, allow_delete)]
struct GatewayTicket {
    #[field(id)]
    id: i64,
    team: String,
    note: Option<String>,
}

/// The status of a request, and the answer without the id of the request.
async fn answer(service: &Running, method: &str, id: i64, body: Option<&Json>) -> (u16, Json) {
    let mut request = Request::new(method, &format!("/gm/tickets/{id}"));
    if let Some(body) = body {
        request = request.json(&body.to_string());
    }
    let response = request.send(service.address).await.unwrap();
    let mut json = response.json();
    json["metadata"]["request_id"] = Json::Null;
    (response.status, json)
}

/// A hidden row answers like a missing one, also if it can't be read.
#[tokio::test]
async fn a_hidden_row_that_does_not_fit_the_struct_is_not_found() {
    let owner = Gm::builder().database("sqlite::memory:").expose::<Ticket>();
    let owner = serve(owner).await;
    for (team, note) in [("blue", None), ("red", Some(7)), ("red", None)] {
        let ticket = Ticket::create(TicketCreate { team: team.into() }).note(note);
        ticket.exec(&owner.gm).await.unwrap();
    }
    let gateway = serve(behind(&owner).expose::<GatewayTicket>()).await;
    assert_eq!(answer(&gateway, "GET", 1, None).await.0, 200);
    for (method, body) in [
        ("GET", None),
        ("PATCH", Some(json!({"team": "green"}))),
        ("PATCH", Some(json!({"unknown": 1}))),
        ("DELETE", None),
    ] {
        let missing = answer(&gateway, method, 99, body.as_ref()).await;
        assert_eq!(missing.0, 404, "{method}");
        for hidden in [2, 3] {
            let answered = answer(&gateway, method, hidden, body.as_ref()).await;
            assert_eq!(answered, missing, "{method} {hidden}");
        }
    }
    // A key does not send the write to the owner, where no rule hides the row.
    for (method, body) in [("PATCH", Some(r#"{"team": "green"}"#)), ("DELETE", None)] {
        let mut request = Request::new(method, "/gm/tickets/2").header("Idempotency-Key", method);
        if let Some(body) = body {
            request = request.json(body);
        }
        assert_eq!(request.send(gateway.address).await.unwrap().status, 404);
    }
    assert_eq!(Ticket::count(&owner.gm).await.unwrap(), 3);
    assert_eq!(
        Ticket::filter(|t| t.team.eq("red"))
            .count(&owner.gm)
            .await
            .unwrap(),
        2
    );
}
