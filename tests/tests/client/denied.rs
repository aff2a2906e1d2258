//! A caller that may not read a resource gets an error, not an empty result.

use futures_util::TryStreamExt as _;
use gm_runtime::manager::Operation;
use gm_runtime::{Error, GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::raw::Request;
use serde_json::{Value as Json, json};

use crate::managers::RemoteProject;
use crate::server::{Server, json as answer};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "notes")]
#[permission(read = authenticated, create = public)]
#[remote_api(resource = "notes", allow_filter, allow_detail, allow_create)]
#[remote_manager(base_url = "http://notes.test")]
struct Note {
    #[field(id)]
    id: i64,
    text: String,
}

/// The same rows through a gateway that allows everyone to read.
#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "http://notes.test", resource = "notes", operations(filter))]
#[permission(read = public)]
#[remote_api(resource = "notes", allow_filter)]
struct OpenNote {
    #[field(id)]
    id: i64,
    text: String,
}

async fn owner() -> Running {
    let builder = Gm::builder()
        .database("sqlite::memory:")
        .accept_bearer_token("ann's", "ann")
        .expose::<Note>();
    let running = Running::start(builder).await.unwrap();
    let note = NoteCreate { text: "t".into() };
    Note::create(note).exec(&running.gm).await.unwrap();
    running
}

async fn consumer(service: &Running, token: Option<&str>) -> Gm {
    let builder = Gm::builder().base_url("http://notes.test", format!("http://{}", service.address));
    let builder = match token {
        Some(token) => builder.bearer_token(token),
        None => builder,
    };
    builder.build().await.unwrap()
}

fn is_denied<T: std::fmt::Debug>(result: Result<T, Error>) {
    let error = result.unwrap_err();
    assert!(
        matches!(
            error,
            Error::PermissionDenied {
                manager: "RemoteNote",
                operation: Operation::Filter
            }
        ),
        "{error:?}"
    );
    assert!(error.is_permission_denied() && !error.is_retryable());
    assert!(error.to_string().contains("bearer_token"), "{error}");
}

async fn metadata(service: &Running, token: Option<&str>, body: &str) -> Json {
    let mut request = Request::new("POST", "/gm/notes/query").json(body);
    if let Some(token) = token {
        request = request.header("Authorization", &format!("Bearer {token}"));
    }
    let reply = request.send(service.address).await.unwrap();
    assert_eq!(reply.status, 200);
    reply.json()
}

#[tokio::test]
async fn every_read_of_a_denied_consumer_is_an_error() {
    let owner = owner().await;
    let gm = consumer(&owner, None).await;
    is_denied(RemoteNote::all(&gm).await);
    is_denied(RemoteNote::filter(|n| n.text.eq("t")).all(&gm).await);
    is_denied(RemoteNote::query().first(&gm).await);
    is_denied(RemoteNote::query().one(&gm).await);
    is_denied(RemoteNote::query().exists(&gm).await);
    is_denied(RemoteNote::count(&gm).await);
    is_denied(RemoteNote::query().page(2).page_size(5).all(&gm).await);
    is_denied(RemoteNote::query().stream(&gm).try_collect::<Vec<_>>().await);

    let known = consumer(&owner, Some("ann's")).await;
    assert_eq!(RemoteNote::all(&known).await.unwrap().len(), 1);
    assert_eq!(
        RemoteNote::filter(|n| n.text.eq("no"))
            .count(&known)
            .await
            .unwrap(),
        0
    );
    owner.stop().await.unwrap();
}

#[tokio::test]
async fn only_the_metadata_of_the_reply_shows_the_denial() {
    let owner = owner().await;
    let denied = metadata(&owner, None, "{}").await;
    assert_eq!(
        (&denied["items"], &denied["total_count"]),
        (&json!([]), &json!(0))
    );
    assert_eq!(denied["metadata"]["denied"], true);
    let uncounted = metadata(&owner, None, r#"{"count": false}"#).await;
    assert_eq!(
        (&uncounted["metadata"]["denied"], uncounted.get("total_count")),
        (&json!(true), None)
    );
    for body in ["{}", r#"{"filters": {"text": "no"}}"#] {
        let reply = metadata(&owner, Some("ann's"), body).await;
        assert_eq!(reply["metadata"].get("denied"), None, "{reply}");
    }
    owner.stop().await.unwrap();
}

#[tokio::test]
async fn a_gateway_forwards_the_denial_of_its_owner() {
    let owner = owner().await;
    for (token, denied) in [(None, true), (Some("ann's"), false)] {
        let mut builder = Gm::builder()
            .base_url("http://notes.test", format!("http://{}", owner.address))
            .expose::<OpenNote>();
        if let Some(token) = token {
            builder = builder.bearer_token(token);
        }
        let gateway = Running::start(builder).await.unwrap();
        let reply = metadata(&gateway, None, "{}").await;
        assert_eq!(reply["items"].as_array().unwrap().is_empty(), denied);
        assert_eq!(reply["metadata"]["denied"] == true, denied, "{reply}");
        let gm = consumer(&gateway, None).await;
        if denied {
            is_denied(RemoteNote::all(&gm).await);
        } else {
            assert_eq!(RemoteNote::all(&gm).await.unwrap().len(), 1);
        }
        gateway.stop().await.unwrap();
    }
    owner.stop().await.unwrap();
}

/// Only `true` is a denial, since other owners may use the name for something else.
#[tokio::test]
async fn other_values_of_the_flag_are_ignored() {
    for (reported, denied) in [
        ("true", true),
        ("false", false),
        ("null", false),
        ("1", false),
        ("\"true\"", false),
        ("[true]", false),
        ("{\"denied\": [[[true]]]}", false),
    ] {
        let reply = format!(r#"{{"items": [], "total_count": 0, "metadata": {{"denied": {reported}}}}}"#);
        let server = Server::start(move |_, _| answer(200, &reply));
        let read = RemoteProject::query().all(&server.gm().await).await;
        assert_eq!(read.is_err(), denied, "{reported}");
    }
}
