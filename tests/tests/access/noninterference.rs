//! Two services that differ in nothing but hidden rows: a caller who may not read these must not tell one service from the other.
//!
//! Unique values of hidden rows are left out, since the status of a conflict can't be hidden.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gm_tests::random::{Random, seed};
use gm_tests::raw::Request;
use gm_tests::websocket::{Socket, TEXT, handshake};
use serde_json::{Value as Json, json};

use super::service::{ADMIN, BOB, Headers, Service, TIM};

/// The requests of one test.
const REQUESTS: usize = 80;

#[tokio::test]
async fn hidden_rows_change_no_answer_and_no_event() {
    for (one, other) in Service::each().await.into_iter().zip(Service::each().await) {
        compare(one, other).await;
    }
}

#[tokio::test]
async fn hidden_rows_change_no_answer_and_no_event_on_postgres() {
    compare(Service::postgres().await, Service::postgres().await).await;
}

/// Sends the same requests of Tim to both services. The first one lacks a hidden row, which is changed in the other one meanwhile.
async fn compare(one: Service, other: Service) {
    let storage = one.storage;
    // The events of a gateway have no rows, so each of them is a refresh.
    let has_images = storage != "gateway";
    let deleted = one.delete(BOB, 2).await;
    assert_eq!(deleted.0, 200, "{storage} {deleted:?}");
    let mut random = Random::new(seed(7));
    let mut sockets = [open(&one).await, open(&other).await];
    for number in 0..REQUESTS {
        let hidden = json!({
            "title": pick(&mut random, &["zebra", "a", "printer", "screen", "secret plan"]),
            "badge": format!("h{number}"),
        });
        let changed = other.update(BOB, 2, hidden).await;
        assert_eq!(changed.0, 200, "{storage} {changed:?}");
        let request = request(&mut random, number);
        let answers = [answer(&one, &request).await, answer(&other, &request).await];
        assert_eq!(answers[0], answers[1], "{storage} {request:?}");
    }
    // The last event that Tim receives.
    let last = json!({"tenant": 2});
    for service in [&one, &other] {
        let moved = service.update(ADMIN, 3, last.clone()).await;
        assert_eq!(moved.0, 200, "{storage} {moved:?}");
    }
    if has_images {
        let [first, second] = &mut sockets[..] else {
            panic!("two sockets");
        };
        assert_eq!(events(first).await, events(second).await, "{storage}");
    }
    one.stop().await;
    other.stop().await;
}

async fn open(service: &Service) -> Socket {
    let request = with_caller(handshake("/gm/ws/tickets"), TIM);
    let (response, socket) = Socket::open(service.address(), &request).await.unwrap();
    assert_eq!(response.status, 101);
    socket
}

/// The actions and the rows of the events until row 3 leaves the sight.
async fn events(socket: &mut Socket) -> Vec<(Json, Json)> {
    let mut events = Vec::new();
    loop {
        let frame = socket.receive_past_pings().await.unwrap();
        assert_eq!(frame.opcode, TEXT);
        let event = frame.json();
        let event = (event["action"].clone(), event["identification"].clone());
        let is_last = event == (json!("delete"), json!({"id": 3}));
        events.push(event);
        if is_last {
            return events;
        }
    }
}

fn with_caller(request: Request, caller: Headers) -> Request {
    let headers = caller.iter();
    headers.fold(request, |request, (name, value)| request.header(name, value))
}

/// The status, the headers and the body of the answer, without what differs in each answer.
async fn answer(service: &Service, request: &Request) -> (u16, Vec<(String, String)>, String) {
    let response = request.send(service.address()).await.unwrap();
    let differing = ["date", "x-request-id", "content-length"];
    let headers = response.headers.iter();
    let headers = headers.filter(|(name, _)| !differing.contains(&&*name.to_lowercase()));
    let mut headers: Vec<_> = headers.cloned().collect();
    headers.sort();
    let mut body = response.json();
    remove_request_id(&mut body);
    (response.status, headers, body.to_string())
}

/// Removes the id of the request, also from the results of a batch.
fn remove_request_id(body: &mut Json) {
    if let Some(metadata) = body["metadata"].as_object_mut() {
        metadata.remove("request_id");
    }
    let results = body["results"].as_array_mut();
    results.into_iter().flatten().for_each(remove_request_id);
}

fn pick<'t>(random: &mut Random, from: &[&'t str]) -> &'t str {
    from[random.below(from.len())]
}

/// A request of Tim, valid or not.
fn request(random: &mut Random, number: usize) -> Request {
    let id = pick(
        random,
        &[
            "1", "2", "2", "3", "4", "4", "5", "99", "%32", "02", "-2", "2x", "2%00", "2/",
        ],
    );
    let request = match random.below(11) {
        8 | 9 => Request::new("POST", "/gm/_batch").json(&batch(random, number)),
        10 => Request::new("POST", "/gm/tickets/query").json(&position(random)),
        0..4 => Request::new("POST", "/gm/tickets/query").json(&query(random)),
        4 => Request::new(
            pick(random, &["GET", "GET", "HEAD", "PUT"]),
            &format!("/gm/tickets/{id}"),
        ),
        5 | 6 => Request::new("PATCH", &format!("/gm/tickets/{id}")).json(&change(random, number)),
        _ if random.one_in(2) => {
            let body = json!({"tenant": 1 + random.below(2), "title": "new", "code": format!("n{number}")});
            Request::new("POST", "/gm/tickets").json(&body.to_string())
        }
        _ => Request::new(
            "DELETE",
            &format!("/gm/tickets/{}", if id == "1" { "4" } else { id }),
        ),
    };
    with_caller(request, TIM)
}

/// The body of an update. Row 1 stays assigned to Tim, and row 3 to no one.
fn change(random: &mut Random, number: usize) -> String {
    let bodies = [
        r#"{"title": "TITLE"}"#,
        r#"{"title": "TITLE", "badge": "tNUMBER"}"#,
        r#"{"title": "printer", "title": 7}"#,
        r#"{"title": "a title that is far too long"}"#,
        r#"{"tenant": "2"}"#,
        r#"{"tenant": 1, "tenant": 1.5}"#,
        r#"{"price": 200}"#,
        r#"{"\u0070rice": null, "title": "TITLE"}"#,
        r#"{"created_by": "tim"}"#,
        r#"{"changed_by": "seed"}"#,
        r#"{"badge": null}"#,
        r#"{"code": "A"}"#,
        r#"{"unknown": 1}"#,
        r#"{"id": 4}"#,
        r#"{"__metadata__": {"history_comment": 7}}"#,
        r#"{"ignore_permission": true}"#,
        "{}",
        "[]",
        "{",
        "",
    ];
    let title = pick(
        random,
        &["printer", "screen", "secret plan", "zebra", "a", "raise"],
    );
    let body = pick(random, &bodies).replace("TITLE", title);
    body.replace("NUMBER", &number.to_string())
}

/// The body of a batch, whose operations may refer to those before.
fn batch(random: &mut Random, number: usize) -> String {
    let ids = [
        "1",
        "2",
        "3",
        "4",
        "5",
        "99",
        "\"2\"",
        r#"{"$result": 0, "field": "id"}"#,
    ];
    let operations = (0..=random.below(3)).map(|place| {
        let values = change(random, number * 10 + place);
        let values = if values.starts_with('{') && values.len() > 1 { values } else { "{}".to_owned() };
        let field = pick(random, &["id", "title", "price", "badge", "code", "changed_by", "tenant"]);
        let values = match random.one_in(4) {
            true => format!(r#"{{"title": {{"$result": {}, "field": "{field}"}}}}"#, random.below(3)),
            false => values,
        };
        let id = pick(random, &ids);
        match random.below(4) {
            0 => format!(
                r#"{{"resource": "tickets", "operation": "create", "values": {{"tenant": {}, "title": "new", "code": "b{number}.{place}"}}}}"#,
                1 + random.below(2)
            ),
            1 | 2 => format!(
                r#"{{"resource": "tickets", "operation": "update", "id": {id}, "values": {values}{}}}"#,
                pick(random, &["", "", r#", "if_match": "*""#, r#", "if_match": "\"1\"""#])
            ),
            // Row 1 stays, since Tim may update no other one.
            _ if id == "1" => r#"{"resource": "tickets", "operation": "delete", "id": 4}"#.to_owned(),
            _ => format!(r#"{{"resource": "tickets", "operation": "delete", "id": {id}}}"#),
        }
    });
    let operations: Vec<_> = operations.collect();
    format!(r#"{{"operations": [{}]}}"#, operations.join(","))
}

/// The body of a query for the rows behind a position, or for numbers of rows.
fn position(random: &mut Random) -> String {
    let field = pick(
        random,
        &[
            "title",
            "assignee",
            "price",
            "badge",
            "tenant",
            "id",
            "changed_by",
        ],
    );
    if random.one_in(2) {
        return format!(r#"{{"count_by": "{field}", "filters": {{{}}}}}"#, lookup(random));
    }
    let value = pick(
        random,
        &[r#""secret plan""#, r#""raise""#, r#""a""#, "null", "2", "200"],
    );
    let cursor = format!(r#"[["-{field}"],{value},{}]"#, 1 + random.below(4));
    let cursor = URL_SAFE_NO_PAD.encode(cursor);
    format!(
        r#"{{"ordering": "-{field}", "cursor": "{cursor}", "page_size": {}, "count": {}}}"#,
        1 + random.below(2),
        random.one_in(2)
    )
}

/// The body of a query.
fn query(random: &mut Random) -> String {
    let mut parts = Vec::new();
    for part in ["filters", "excludes"] {
        if random.one_in(2) {
            let lookups: Vec<_> = (0..=random.below(2)).map(|_| lookup(random)).collect();
            parts.push(format!(r#""{part}": {{{}}}"#, lookups.join(",")));
        }
    }
    if random.one_in(2) {
        let fields = [
            "title",
            "-title",
            "assignee",
            "-assignee",
            "price",
            "-badge",
            "code",
            "-id",
            "title__exact",
        ];
        let [first, second] = [pick(random, &fields), pick(random, &fields)];
        parts.push(format!(r#""ordering": ["{first}", "{second}"]"#));
    }
    if random.one_in(3) {
        let page = pick(
            random,
            &["1", "2", "3", "0", "9223372036854775807", "1e3", "\"1\""],
        );
        let size = pick(random, &["1", "2", "3", "1000", "1001", "-1"]);
        parts.push(format!(r#""page": {page}, "page_size": {size}"#));
    }
    if random.one_in(4) {
        parts.push(format!(
            r#""count": {}"#,
            pick(random, &["true", "false", "null", "1"])
        ));
    }
    format!("{{{}}}", parts.join(","))
}

fn lookup(random: &mut Random) -> String {
    let fields = [
        "title",
        "title",
        "assignee",
        "code",
        "id",
        "tenant",
        "price",
        "badge",
        "changed_by",
    ];
    let operators = [
        "",
        "__exact",
        "__in",
        "__isnull",
        "__gt",
        "__lte",
        "__range",
        "__iexact",
        "__contains",
        "__istartswith",
        "__iendswith",
        "__regex",
        "__iregex",
        "__year",
    ];
    let values = [
        r#""secret plan""#,
        r#""raise""#,
        r#""printer""#,
        r#""zebra""#,
        r#""a""#,
        r#""""#,
        r#""bob""#,
        r#""tim""#,
        r#""^s.*n$""#,
        r#""(a|b)+$""#,
        r#""(""#,
        "null",
        "true",
        "false",
        "1",
        "2",
        "4",
        "200",
        "1e400",
        "1.0",
        "18446744073709551615",
        r#"[2, 4, null]"#,
        r#"["secret plan", null]"#,
        r#"["a", "z"]"#,
        "[1, 3]",
        "{}",
    ];
    let (field, operator) = (pick(random, &fields), pick(random, &operators));
    format!(r#""{field}{operator}": {}"#, pick(random, &values))
}

/// Each request about a hidden row must be answered like the same request about a missing one.
#[tokio::test]
async fn a_hidden_row_is_answered_like_a_missing_one_in_each_spelling() {
    for service in Service::each().await {
        spell(service).await;
    }
}

#[tokio::test]
async fn a_hidden_row_is_answered_like_a_missing_one_in_each_spelling_on_postgres() {
    spell(Service::postgres().await).await;
}

async fn spell(service: Service) {
    let paths = [
        "#", "%3#", "0#", "+#", "-#", "#/", "#//", "/#", "./#", "x/../#", "#;a=b", "#?a=b", "#?page=1",
        "#%20", "%20#", "#%00", "#.0", "#e0", "#.json", "#%2F", "#%2e", "query/#", "##", "%250#",
    ];
    let bodies = [
        "",
        "{}",
        "[]",
        "{",
        "null",
        r#"{"title": 7}"#,
        r#"{"title": "x"}"#,
        r#"{"price": 1}"#,
        r#"{"id": 1}"#,
        r#"{"created_by": "x"}"#,
        r#"{"unknown": 1}"#,
        r#"{"__metadata__": 1}"#,
        r#"{"__metadata__": {"history_comment": "x"}}"#,
        r#"{"code": "A"}"#,
        r#"{"badge": "b1"}"#,
        r#"{"tenant": 1}"#,
        r#"{"assignee": "tim"}"#,
    ];
    let headers = [
        ("X-HTTP-Method-Override", "GET"),
        ("Range", "bytes=0-1"),
        ("If-Match", "*"),
        ("If-None-Match", "*"),
        ("Accept", "text/html"),
        ("X-GM-Protocol-Version", "v9"),
    ];
    let mut requests = Vec::new();
    for method in [
        "GET", "HEAD", "PATCH", "DELETE", "PUT", "POST", "OPTIONS", "TRACE", "get",
    ] {
        for path in paths {
            requests.push((method, path, "", None));
        }
        for body in bodies {
            requests.push((method, "#", body, None));
        }
        for header in headers {
            requests.push((method, "#", "{}", Some(header)));
        }
    }
    for (method, path, body, header) in requests {
        let send = async |id: &str| {
            let path = format!("/gm/tickets/{}", path.replace('#', id));
            let mut request = with_caller(Request::new(method, &path), TIM);
            if !body.is_empty() {
                request = request.json(body);
            }
            if let Some((name, value)) = header {
                request = request.header(name, value);
            }
            answer(&service, &request).await
        };
        // Row 4 is hidden, although it is assigned to Tim. Row 9 is missing.
        let [hidden, missing] = [send("4").await, send("9").await];
        let storage = service.storage;
        assert_eq!(hidden, missing, "{storage} {method} {path} {body} {header:?}");
        assert!(
            hidden.0 >= 400 || method == "OPTIONS",
            "{storage} {method} {path} {hidden:?}"
        );
    }
    service.stop().await;
}
