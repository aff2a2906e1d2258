//! Rules of the contract without a recorded case.

use gm_runtime::{Error, GeneralManager, Gm};
use gm_tests::conformance::{self, Running, TOKEN};
use gm_tests::database::TestDatabase;
use gm_tests::raw::{Request, Response};
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// Rows with a text id, which the creator chooses.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "labels")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    base_path = "/other",
    resource = "labels",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete
)]
pub(crate) struct Label {
    #[field(id, max_length = 20)]
    pub(crate) key: String,
    pub(crate) text: Option<String>,
}

/// Rows with a UUID, which the creator chooses.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tokens")]
#[permission(read = public, create = public)]
#[remote_api(
    base_path = "/other",
    resource = "tokens",
    protocol_version = "v1",
    allow_detail,
    allow_create
)]
pub(crate) struct Token {
    #[field(id)]
    pub(crate) id: Uuid,
}

gm_tests::on_each_database! {
    a_version_sent_twice_is_invalid,
    wrong_credentials_are_401_on_every_route,
    the_keys_of_a_query_are_checked,
    a_query_at_the_limits_is_answered,
    huge_numbers_are_wrong_values,
    minus_zero_is_an_integer,
    the_content_type_is_checked_if_there_is_a_body,
    details_name_the_field_and_what_was_expected,
    responses_are_not_cacheable_and_name_the_allowed_methods,
    text_ids_are_decoded_once,
    ids_that_a_proxy_would_change_are_refused,
    given_ids_are_required_unique_and_fixed,
    uuids_are_hyphenated,
    zeros_count_as_decimal_places,
}

async fn serve(database: &TestDatabase) -> Running {
    let builder = conformance::builder()
        .expose::<Label>()
        .expose::<Token>()
        .database(database.url());
    let service = Running::start(builder).await.unwrap();
    conformance::seed(&service.gm).await.unwrap();
    service
}

async fn send(service: &Running, request: Request) -> Response {
    request.send(service.address).await.unwrap()
}

async fn query(service: &Running, body: &str) -> Response {
    let request = Request::new("POST", "/internal/gm/work-items/query").json(body);
    send(service, request).await
}

fn code(response: &Response) -> (u16, Json) {
    (response.status, response.json()["error_code"].clone())
}

async fn a_version_sent_twice_is_invalid(database: TestDatabase) {
    let service = serve(&database).await;
    const VERSION: &str = "X-General-Manager-Protocol-Version";
    let request = Request::new("GET", "/internal/gm/projects/1").header(VERSION, "v1");
    assert_eq!(send(&service, request.clone()).await.status, 200);
    let twice = send(&service, request.header(VERSION, "v1")).await;
    assert_eq!(code(&twice), (400, "invalid_request".into()));
    service.stop().await.unwrap();
}

async fn wrong_credentials_are_401_on_every_route(database: TestDatabase) {
    let service = serve(&database).await;
    let wrong = [
        "Bearer nobody",
        "Bearer",
        "Bearer ",
        "",
        "Basic Zm9vOmJhcg==",
        TOKEN,
        "Bearer conformance-user x",
    ];
    for credentials in wrong {
        for request in [
            Request::new("GET", "/internal/gm/projects/1"),
            // Credentials are checked before the id and the body.
            Request::new("PATCH", "/internal/gm/projects/abc").json("{"),
            Request::new("POST", "/internal/gm/projects/query").json("{"),
        ] {
            let response = send(&service, request.header("Authorization", credentials)).await;
            assert_eq!(
                code(&response),
                (401, "authentication_required".into()),
                "{credentials}"
            );
            assert_eq!(response.header("www-authenticate"), Some("Bearer"));
        }
    }
    for credentials in [format!("bearer {TOKEN}"), format!("BEARER   {TOKEN}")] {
        let request = Request::new("GET", "/internal/gm/private-things/1");
        let response = send(&service, request.header("Authorization", &credentials)).await;
        assert_eq!(response.status, 200);
    }
    service.stop().await.unwrap();
}

/// R-count, R-operation, R-paging.
async fn the_keys_of_a_query_are_checked(database: TestDatabase) {
    let service = serve(&database).await;
    let uncounted = query(&service, r#"{"count": false}"#).await.json();
    assert_eq!(uncounted.get("total_count"), None);
    assert_eq!(uncounted["items"].as_array().unwrap().len(), 5);
    for body in [
        r#"{"count": 0}"#,
        r#"{"count": "false"}"#,
        r#"{"operation": "List"}"#,
        r#"{"operation": 1}"#,
        r#"{"page": 9223372036854775808}"#,
        r#"{"page": 1e2}"#,
        r#"{"ordering": ["title", "-title"]}"#,
        r#"{"filters": {"due__date": "2024-01-31"}}"#,
        r#"{"filters": {"starts_at__year": "2024"}}"#,
        r#"{"filters": {"count__range": [1, null]}}"#,
        r#"{"filters": {"count__in": 1}}"#,
        r#"{"filters": {"done__month": 1}}"#,
        r#"{"filters": {"title": "\ud83d"}}"#,
        r#"{"filters": {"ratio": 1e400}}"#,
    ] {
        let response = query(&service, body).await;
        assert_eq!(code(&response), (400, "invalid_request".into()), "{body}");
    }
    let last = query(&service, r#"{"page": 9223372036854775807, "page_size": 100}"#)
        .await
        .json();
    assert_eq!((&last["items"], &last["total_count"]), (&json!([]), &json!(5)));
    let nulls = r#"{"filters": null, "count": null, "operation": null, "page": null, "page_size": null, "ordering": null}"#;
    assert_eq!(query(&service, nulls).await.json()["total_count"], 5);
    let both = query(
        &service,
        r#"{"filters": {"title": "one", "title__exact": "two"}}"#,
    )
    .await
    .json();
    assert_eq!(both["total_count"], 0);
    service.stop().await.unwrap();
}

/// The most lookups and members, which are more than a database accepts as parameters.
async fn a_query_at_the_limits_is_answered(database: TestDatabase) {
    let service = serve(&database).await;
    let numbers: Vec<_> = (0..1000).collect();
    let texts: Vec<_> = numbers.iter().map(|number| number.to_string()).collect();
    let lists = json!({
        "id__in": numbers, "count__in": numbers, "ratio__in": numbers, "amount__in": numbers,
        "title__in": texts, "note__in": texts, "body__in": texts,
    });
    let body = json!({"filters": lists, "excludes": lists}).to_string();
    assert_eq!(query(&service, &body).await.json()["total_count"], 0);
    service.stop().await.unwrap();
}

/// A number out of the range of doubles is a wrong value, not malformed JSON.
async fn huge_numbers_are_wrong_values(database: TestDatabase) {
    let service = serve(&database).await;
    let huge = "9".repeat(400);
    for (field, number) in [("count", huge.as_str()), ("ratio", "-1e400"), ("amount", "1e999")] {
        let body = format!("{{\"title\": \"1e400\\\"\", \"amount\": \"1\", \"{field}\": {number}}}");
        let create = Request::new("POST", "/internal/gm/work-items").json(&body);
        let response = send(&service, create).await;
        assert_eq!(code(&response), (400, "validation_error".into()), "{body}");
    }
    let malformed = r#"{"title": "t", "amount": "1", "count": 1e400x}"#;
    let response = send(
        &service,
        Request::new("POST", "/internal/gm/work-items").json(malformed),
    )
    .await;
    assert_eq!(code(&response), (400, "invalid_request".into()));
    service.stop().await.unwrap();
}

/// `-0` has neither a fraction nor an exponent, unlike `-0.0`.
async fn minus_zero_is_an_integer(database: TestDatabase) {
    let service = serve(&database).await;
    let create = |count: &str| {
        let body = format!(r#"{{"title": "-0", "amount": "1", "count": {count}, "ratio": -0}}"#);
        send(
            &service,
            Request::new("POST", "/internal/gm/work-items").json(&body),
        )
    };
    let created = create(" -0").await;
    assert_eq!(created.status, 201);
    let row = &created.json()["items"][0];
    assert_eq!((&row["count"], &row["title"]), (&json!(0), &json!("-0")));
    assert_eq!(code(&create("-0.0").await), (400, "validation_error".into()));
    assert_eq!(code(&create("-0e0").await), (400, "validation_error".into()));
    let query = |filters: &str| {
        let body = format!(r#"{{"filters": {filters}}}"#);
        send(
            &service,
            Request::new("POST", "/internal/gm/work-items/query").json(&body),
        )
    };
    let found = query(r#"{"count": -0, "title": "-0"}"#).await;
    assert_eq!(found.json()["total_count"], 1);
    assert_eq!(
        code(&query(r#"{"count__in": [-0.0]}"#).await),
        (400, "invalid_request".into())
    );
    service.stop().await.unwrap();
}

/// R-content-type
async fn the_content_type_is_checked_if_there_is_a_body(database: TestDatabase) {
    let service = serve(&database).await;
    let typed = |media_type: &str, body: Option<&str>| Request {
        body: body.map(|body| body.as_bytes().to_vec()),
        ..Request::new("POST", "/internal/gm/projects/query").header("Content-Type", media_type)
    };
    for media_type in [
        "application/json; charset=utf-8",
        "application/problem+json",
        "APPLICATION/JSON",
    ] {
        assert_eq!(
            send(&service, typed(media_type, Some("{}"))).await.status,
            200,
            "{media_type}"
        );
    }
    for media_type in [
        "text/json",
        "application/jsonl",
        "json",
        "application/x-www-form-urlencoded",
    ] {
        let response = send(&service, typed(media_type, Some("{}"))).await;
        assert_eq!(
            code(&response),
            (415, "unsupported_media_type".into()),
            "{media_type}"
        );
        assert_eq!(
            send(&service, typed(media_type, None)).await.status,
            200,
            "{media_type}"
        );
        assert_eq!(
            send(&service, typed(media_type, Some(""))).await.status,
            200,
            "{media_type}"
        );
    }
    service.stop().await.unwrap();
}

async fn details_name_the_field_and_what_was_expected(database: TestDatabase) {
    let service = serve(&database).await;
    let details = query(&service, r#"{"filters": {"titel": "one"}}"#).await.json()["details"].clone();
    assert_eq!(details["field"], "titel");
    let create = Request::new("POST", "/internal/gm/work-items").json(r#"{"title": 5, "amount": "1"}"#);
    let details = send(&service, create).await.json()["details"].clone();
    assert_eq!(details, json!({"field": "title", "message": "expected text"}));
    service.stop().await.unwrap();
}

async fn responses_are_not_cacheable_and_name_the_allowed_methods(database: TestDatabase) {
    let service = serve(&database).await;
    let item = send(&service, Request::new("GET", "/internal/gm/projects/1")).await;
    assert_eq!(item.header("cache-control"), Some("no-store"));
    assert_eq!(item.header("content-type"), Some("application/json"));
    let put = send(&service, Request::new("PUT", "/internal/gm/projects/1")).await;
    assert_eq!(put.header("allow"), Some("GET, PATCH, DELETE"));
    let only = send(
        &service,
        Request::new("DELETE", "/internal/gm/read-only-things/1"),
    )
    .await;
    assert_eq!(only.header("allow"), Some("GET"));
    service.stop().await.unwrap();
}

async fn text_ids_are_decoded_once(database: TestDatabase) {
    let service = serve(&database).await;
    for (key, path) in [
        ("plain", "plain"),
        ("a/b", "a%2Fb"),
        ("a%2Fb", "a%252Fb"),
        ("ä b?#", "%C3%A4%20b%3F%23"),
        ("+", "+"),
        ("...", "..."),
        ("a..b/.c", "a..b%2F.c"),
        ("%2E%2E", "%252E%252E"),
    ] {
        let body = json!({"key": key, "text": "t"}).to_string();
        let created = send(&service, Request::new("POST", "/other/labels").json(&body)).await;
        assert_eq!(created.status, 201, "{key}");
        let path = format!("/other/labels/{path}");
        let read = send(&service, Request::new("GET", &path)).await;
        assert_eq!(read.json()["items"][0]["key"], key, "{path}");
    }
    for (path, status) in [
        ("a/b", 404),
        ("%00", 400),
        ("%FF", 400),
        ("query", 405),
        ("%71uery", 400),
    ] {
        let path = format!("/other/labels/{path}");
        assert_eq!(
            send(&service, Request::new("GET", &path)).await.status,
            status,
            "{path}"
        );
    }
    service.stop().await.unwrap();
}

/// A misspelt key would otherwise select everything unnoticed.
#[tokio::test]
async fn ignored_keys_are_named() {
    gm_tests::log::keep();
    let service = serve(&TestDatabase::sqlite()).await;
    let body = r#"{"filter": {"name": "x"}, "page_size": 3, "order\n": 1, "filter": 2}"#;
    let page = query(&service, body).await.json();
    assert_eq!(page["items"].as_array().unwrap().len(), 3);
    assert_eq!(page["metadata"]["ignored"], json!(["filter", "order\n"]));
    let logged = gm_tests::log::lines(&["WARN", "\"filter\"", "order\\n"]);
    assert_eq!(logged.len(), 1, "{logged:?}");

    // At most ten keys are named, each with at most 100 characters.
    let keys: Vec<_> = (0..1000)
        .map(|key| format!("\"{key}{}\": 1", "ä".repeat(500)))
        .collect();
    let page = query(&service, &format!("{{{}}}", keys.join(","))).await.json();
    let ignored = page["metadata"]["ignored"].as_array().unwrap();
    assert!(
        ignored.len() == 10
            && ignored
                .iter()
                .all(|key| key.as_str().unwrap().chars().count() == 100)
    );

    let known = r#"{"filters": {}, "excludes": {}, "ordering": [], "page": 1, "page_size": 1, "operation": "list", "count": true}"#;
    for body in ["", "{}", known] {
        let page = query(&service, body).await.json();
        assert_eq!(page["metadata"].get("ignored"), None, "{body}");
    }
    service.stop().await.unwrap();
}

/// A proxy that normalizes paths would turn each of these ids into another row's.
async fn ids_that_a_proxy_would_change_are_refused(database: TestDatabase) {
    let service = serve(&database).await;
    for key in ["y", ".", "..", "x/../y", "/y", "./y"] {
        let body = json!({"key": key, "text": "kept"}).to_string();
        let created = send(&service, Request::new("POST", "/other/labels").json(&body)).await;
        assert_eq!(created.status, 201, "{key}");
    }
    for path in [
        ".",
        "%2e",
        "..",
        "%2E%2e",
        ".%2E",
        "x%2F..%2Fy",
        "x%2f%2e%2E%2fy",
        "..%2Fthings%2F1",
        "x%2F..",
        ".%2Fy",
        "x%2F.%2Fy",
        "%2Fy",
        "%2F%2Fy",
        "x%5C..%5Cy",
        "%5Cy",
    ] {
        let path = format!("/other/labels/{path}");
        for request in [
            Request::new("GET", &path),
            Request::new("PATCH", &path).json(r#"{"text": "changed"}"#),
            Request::new("DELETE", &path),
        ] {
            let refused = send(&service, request).await;
            assert_eq!(code(&refused), (400, "invalid_request".into()), "{path}");
            assert_eq!(refused.json()["details"]["field"], "key", "{path}");
        }
    }
    let all = send(&service, Request::new("POST", "/other/labels/query").json("{}")).await;
    let all = all.json();
    let rows = all["items"].as_array().unwrap();
    assert!(
        rows.len() == 6 && rows.iter().all(|row| row["text"] == "kept"),
        "{all}"
    );
    service.stop().await.unwrap();
}

async fn given_ids_are_required_unique_and_fixed(database: TestDatabase) {
    let service = serve(&database).await;
    let create = |body: &str| Request::new("POST", "/other/labels").json(body);
    let created = send(&service, create(r#"{"key": "a"}"#)).await;
    assert_eq!(created.json()["items"], json!([{"key": "a", "text": null}]));
    let again = send(&service, create(r#"{"key": "a"}"#)).await;
    assert_eq!(code(&again), (409, "conflict".into()));
    for body in [r#"{}"#, r#"{"key": null}"#, r#"{"key": ""}"#, r#"{"key": 5}"#] {
        let refused = send(&service, create(body)).await;
        assert_eq!(code(&refused), (400, "validation_error".into()), "{body}");
    }
    let moved = Request::new("PATCH", "/other/labels/a").json(r#"{"key": "a", "text": "t"}"#);
    assert_eq!(
        code(&send(&service, moved).await),
        (400, "invalid_request".into())
    );
    service.stop().await.unwrap();
}

async fn uuids_are_hyphenated(database: TestDatabase) {
    let service = serve(&database).await;
    let id = "0b7c2f0e-6f5a-4d0b-9d53-1f6a6f1f2c3d";
    let body = json!({"id": id}).to_string();
    let created = send(&service, Request::new("POST", "/other/tokens").json(&body)).await;
    assert_eq!(created.json()["items"], json!([{"id": id}]));
    for (segment, status) in [
        (id.to_owned(), 200),
        (id.to_uppercase(), 200),
        (id.replace('-', ""), 400),
        (format!("{{{id}}}"), 400),
        (Uuid::nil().to_string(), 404),
    ] {
        let path = format!("/other/tokens/{segment}");
        assert_eq!(
            send(&service, Request::new("GET", &path)).await.status,
            status,
            "{path}"
        );
    }
    // A route without an enabled operation does not exist.
    let query = send(&service, Request::new("POST", "/other/tokens/query").json("{}")).await;
    assert_eq!(query.status, 404);
    service.stop().await.unwrap();
}

/// The same resource as `Label`.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "labels_again")]
#[permission(read = public)]
#[remote_api(base_path = "/other", resource = "labels", allow_filter)]
pub(crate) struct OtherLabel {
    #[field(id)]
    pub(crate) id: i64,
}

async fn configuration_error(builder: gm_runtime::GmBuilder) -> String {
    match builder.build().await {
        Err(Error::Configuration(message)) => message,
        other => panic!("expected a configuration error, got {other:?}"),
    }
}

#[tokio::test]
async fn the_builder_refuses_contradictory_settings() {
    let builder = || Gm::builder().database("sqlite::memory:");
    let message = configuration_error(builder().expose::<Label>().expose::<OtherLabel>()).await;
    assert!(
        message.contains("`Label`") && message.contains("`OtherLabel`"),
        "{message}"
    );
    assert!(message.contains("/other/labels"), "{message}");
    let message = configuration_error(builder().expose::<Label>().expose::<Label>()).await;
    assert_eq!(
        message,
        "`Label` is exposed twice: call `.expose::<Label>()` once"
    );
    let twice = builder()
        .accept_bearer_token("t", "ann")
        .accept_bearer_token("t", "bob");
    let message = configuration_error(twice).await;
    assert!(message.contains("ann") && message.contains("bob"), "{message}");
    for token in ["", "two words", "lïne\n"] {
        let message = configuration_error(builder().accept_bearer_token(token, "ann")).await;
        assert!(message.contains("ann"), "{message}");
    }
    let interval = std::time::Duration::ZERO;
    configuration_error(builder().subscriber_ping_interval(interval)).await;
}

async fn zeros_count_as_decimal_places(database: TestDatabase) {
    let service = serve(&database).await;
    for (amount, status) in [("00012.50", 201), ("-0.0", 201), ("12.500", 400), ("0.000", 400)] {
        let body = json!({"title": "t", "amount": amount}).to_string();
        let create = Request::new("POST", "/internal/gm/work-items").json(&body);
        assert_eq!(send(&service, create).await.status, status, "{amount}");
        let body = json!({"filters": {"amount": amount}}).to_string();
        let found = query(&service, &body).await;
        assert_eq!(found.status == 200, status == 201, "{amount}");
    }
    service.stop().await.unwrap();
}
