//! Questions for a schema that fail, and comparisons on demand.

use gm_runtime::access::Principal;
use gm_runtime::error::Extension;
use gm_runtime::{Error, GeneralManager, Gm};
use gm_tests::conformance::Running;
use serde_json::json;

use crate::schemas::{
    BAD, GOOD, RemoteTicket, bad, counts, document, good, is_question, owner, read, row, rows,
};
use crate::server::{Answer, Server, json as plain, with_headers};

/// Answers that are no schema: each fails the question, and no read.
#[tokio::test]
async fn a_question_that_fails_changes_nothing() {
    let with_name = |name: &str| {
        let mut named = bad();
        named["resources"][0]["fields"][1]["name"] = json!(name);
        named
    };
    let resource = bad()["resources"][0].clone();
    let many = |number: usize| {
        let named = |place: usize| {
            let mut named = resource.clone();
            named["resource"] = json!(format!("r{place}"));
            named
        };
        json!({"resources": (0..number).map(named).collect::<Vec<_>>()})
    };
    let mut deep = "[".repeat(100_000);
    deep.push_str(&"]".repeat(100_000));
    let mut large = bad();
    large["padding"] = json!("x".repeat(10 << 20));
    let mut unhashed = bad();
    unhashed["resources"][0]["hash"] = json!("<script>");
    let documents = [
        "<html>".to_owned(),
        String::new(),
        "{}".to_owned(),
        json!({"resources": []}).to_string(),
        format!(r#"{{"resources": [], "later": {deep}}}"#),
        format!(r#"{{"resources": {deep}}}"#),
        large.to_string(),
        many(10_000).to_string(),
        with_name("<script>alert(1)</script>").to_string(),
        with_name("\u{202e}eltit").to_string(),
        unhashed.to_string(),
    ];
    for document in documents {
        let shown: String = document.chars().take(100).collect();
        let headers = "x-general-manager-features: schema\r\n";
        let server = owner(BAD, move || with_headers(200, headers, &document));
        let gm = server.gm().await;
        for _ in 0..3 {
            assert_eq!(read(&gm).await.unwrap(), 1, "{shown}");
        }
        assert_eq!(counts(&server), (1, 3), "{shown}");
    }
    for status in [204, 301, 400, 401, 403, 404, 405, 429, 500, 503] {
        let server = owner(BAD, move || plain(status, "{}"));
        let gm = server.gm().await;
        for _ in 0..3 {
            assert_eq!(read(&gm).await.unwrap(), 1, "{status}");
        }
        assert_eq!(counts(&server), (1, 3), "{status}");
    }
}

#[tokio::test]
async fn a_question_without_an_answer_does_not_hold_the_reads_up() {
    for answer in [|| Answer::Stall(Vec::new()), || Answer::Last(Vec::new())] {
        let server = owner(BAD, answer);
        let gm = server.gm().await;
        for _ in 0..3 {
            assert_eq!(read(&gm).await.unwrap(), 1);
        }
        assert_eq!(counts(&server), (1, 3));
    }
}

#[tokio::test]
async fn an_owner_whose_hash_changes_with_each_reply_is_not_asked_without_end() {
    let server = Server::start(|request, number| match is_question(request) {
        true => document(&good()),
        false => rows(&format!("{:016x}", 1000 + number), &json!([row()])),
    });
    let gm = server.gm().await;
    for _ in 0..30 {
        assert_eq!(read(&gm).await.unwrap(), 1);
    }
    assert_eq!(counts(&server), (8, 30));
}

#[tokio::test]
async fn the_schema_is_compared_on_demand() {
    let server = owner(GOOD, || document(&json!({"resources": []})));
    let differences = server.gm().await.compare_schema::<RemoteTicket>().await.unwrap();
    assert_eq!(
        differences[0].to_string(),
        "the owner of `RemoteTicket` serves no resource `tickets` to this service"
    );
    let missing = || with_headers(404, "x-general-manager-features: schema\r\n", "{}");
    let server = owner(GOOD, missing);
    assert_eq!(
        server.gm().await.compare_schema::<RemoteTicket>().await.unwrap(),
        differences
    );
    let server = owner(GOOD, || plain(404, "{}"));
    let error = server
        .gm()
        .await
        .compare_schema::<RemoteTicket>()
        .await
        .unwrap_err();
    let is_unsupported = matches!(
        &error,
        Error::Unsupported {
            extension: Extension::Schema,
            ..
        }
    );
    assert!(is_unsupported, "{error}");
    let server = owner(GOOD, || plain(503, "{}"));
    let error = server
        .gm()
        .await
        .compare_schema::<RemoteTicket>()
        .await
        .unwrap_err();
    assert_eq!(error.remote().unwrap().status(), 503);
    let server = owner(GOOD, || plain(200, "<html>"));
    let error = server
        .gm()
        .await
        .compare_schema::<RemoteTicket>()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error}");
    let local = Gm::builder().in_memory::<RemoteTicket>().build().await.unwrap();
    let error = local.compare_schema::<RemoteTicket>().await.unwrap_err();
    assert!(matches!(error, Error::Configuration(_)), "{error}");
}

/// A manager of a gateway.
#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "tickets", operations(filter))]
#[permission(read = public)]
#[remote_api(resource = "tickets", allow_filter)]
struct GatewayTicket {
    #[field(id)]
    id: i64,
    priority: i64,
}

#[tokio::test]
async fn a_gateway_finds_out_once_and_tells_its_callers_nothing() {
    let server = owner(BAD, || document(&bad()));
    let gateway = Running::start(server.builder().expose::<GatewayTicket>())
        .await
        .unwrap();
    let url = format!("http://{}", gateway.address);
    let consumer = Gm::builder()
        .base_url("http://owner.test", url)
        .build()
        .await
        .unwrap();
    for reads in 1..=3 {
        let error = GatewayTicket::query().all(&consumer).await.unwrap_err();
        let text = error.to_string();
        assert_eq!(error.remote().unwrap().status(), 500, "{text}");
        assert!(!text.contains("priority") && !text.contains("schema"), "{text}");
        assert_eq!(counts(&server), (1, reads));
    }
    // The schema of the gateway is that of its struct.
    let differences = consumer.compare_schema::<GatewayTicket>().await.unwrap();
    assert!(differences.is_empty(), "{differences:?}");
    let caller = gateway.gm.acting_as(Principal::anonymous());
    let error = GatewayTicket::query().all(&caller).await.unwrap_err();
    assert!(matches!(error, Error::SchemaMismatch(_)), "{error}");
    assert_eq!(counts(&server).0, 1);
    gateway.stop().await.unwrap();
}
