//! Two services that differ in nothing but hidden rows, with references between the rows: no request of a caller who may not read
//! these tells one service from the other.
//!
//! Restricted deletions and ids of hidden rows for new ones are left out, since the status of a conflict can't be hidden.

mod requests;
mod world;

use gm_tests::random::{Random, seed};
use gm_tests::raw::Request;
use gm_tests::websocket::{Socket, TEXT, handshake};
use serde_json::{Value as Json, json};

use self::requests::request;
use self::world::World;
use super::service::{Headers, TIM};

/// The requests of one test.
const REQUESTS: usize = 150;

fn pick<'t>(random: &mut Random, from: &[&'t str]) -> &'t str {
    from[random.below(from.len())]
}

#[tokio::test]
async fn hidden_rows_change_no_answer_and_no_event_in_memory() {
    compare("memory").await;
}

#[tokio::test]
async fn hidden_rows_change_no_answer_and_no_event_in_sqlite() {
    compare("SQLite").await;
}

#[tokio::test]
async fn hidden_rows_change_no_answer_and_no_event_in_postgres() {
    compare("Postgres").await;
}

#[tokio::test]
async fn hidden_rows_change_no_answer_and_no_event_through_a_gateway() {
    compare("gateway").await;
}

async fn compare(storage: &'static str) {
    let (one, other) = (World::start(storage).await, World::start(storage).await);
    let own = match storage {
        "memory" => 1,
        "SQLite" => 2,
        "Postgres" => 3,
        _ => 4,
    };
    let mut random = Random::new(seed(own));
    // In one world hidden rows refer to rows in sight.
    other.firm("g1 2 a", Some("f1")).await;
    other.deal("g2 2 f1 f3").await;
    other.deal("g3 2 f3 f1").await;
    let mut sockets = Vec::new();
    for world in [&one, &other] {
        for resource in ["firms", "deals"] {
            let request = with_caller(handshake(&format!("/gm/ws/{resource}")), TIM);
            let (response, socket) = Socket::open(world.service.address(), &request).await.unwrap();
            assert_eq!(response.status, 101);
            sockets.push(socket);
        }
    }
    let has_batches = storage != "gateway";
    for number in 0..REQUESTS {
        if random.one_in(3) {
            other.change_hidden(&mut random, number).await;
        }
        let request = request(&mut random, number, storage != "memory", has_batches);
        let answers = [answer(&one, &request).await, answer(&other, &request).await];
        assert_eq!(answers[0], answers[1], "{storage} {number} {request:?}");
        assert!(answers[0].0 < 500, "{storage} {number} {request:?} {answers:?}");
    }
    for world in [&one, &other] {
        let end = json!({"id": "end", "tenant": 1, "name": "end"});
        let created = world.service.send(TIM, "POST", "/gm/firms", &end).await;
        assert_eq!(created.0, 201, "{created:?}");
        let end = json!({"id": "end", "tenant": 1, "title": "end", "firm_id": "end"});
        let created = world.service.send(TIM, "POST", "/gm/deals", &end).await;
        assert_eq!(created.0, 201, "{created:?}");
    }
    // The events of a gateway have no rows, so each of them is a refresh.
    if storage != "gateway" {
        let [firms, deals, other_firms, other_deals] = &mut sockets[..] else {
            panic!("four sockets");
        };
        assert_eq!(events(firms).await, events(other_firms).await, "{storage}");
        assert_eq!(events(deals).await, events(other_deals).await, "{storage}");
    }
    one.stop().await;
    other.stop().await;
}

async fn events(socket: &mut Socket) -> Vec<(Json, Json)> {
    let mut events = Vec::new();
    loop {
        let frame = socket.receive_past_pings().await.unwrap();
        assert_eq!(frame.opcode, TEXT);
        let event = frame.json();
        let event = (event["action"].clone(), event["identification"].clone());
        let is_last = event == (json!("create"), json!({"id": "end"}));
        events.push(event);
        if is_last {
            return events;
        }
    }
}

fn with_caller(request: Request, caller: Headers) -> Request {
    caller
        .iter()
        .fold(request, |request, (name, value)| request.header(name, value))
}

/// The status, the headers and the body of the answer, without what differs in each answer.
async fn answer(world: &World, request: &Request) -> (u16, Vec<(String, String)>, String) {
    let response = request.send(world.service.address()).await.unwrap();
    let differing = ["date", "x-request-id", "content-length"];
    let headers = response.headers.iter();
    let headers = headers.filter(|(name, _)| !differing.contains(&&*name.to_lowercase()));
    let mut headers: Vec<_> = headers.cloned().collect();
    headers.sort();
    let mut body = response.json();
    remove_request_id(&mut body);
    (response.status, headers, body.to_string())
}

fn remove_request_id(body: &mut Json) {
    if let Some(metadata) = body["metadata"].as_object_mut() {
        metadata.remove("request_id");
    }
    let results = body["results"].as_array_mut();
    results.into_iter().flatten().for_each(remove_request_id);
}
