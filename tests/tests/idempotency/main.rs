//! Writes with an idempotency key are carried out once: on each storage, over the wire, through a gateway, by replicas, and by an owner
//! that is killed behind a proxy which loses answers.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod batches;
mod consumers;
mod gateways;
mod killed;
mod lookups;
mod proxy;
mod races;
mod references;
mod refusals;
mod removal;
mod replays;

use gm_runtime::{GeneralManager, Gm, GmBuilder};
use gm_tests::conformance::Running;
use gm_tests::database::TestDatabase;
use gm_tests::raw::{Request, Response};
use serde_json::Value as Json;

/// Notes that every caller may read, and that callers with a name may write.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "notes")]
#[permission(read = public, create = authenticated, update = authenticated, delete = authenticated)]
#[remote_api(
    resource = "notes",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete
)]
struct Note {
    #[field(id)]
    id: i64,
    title: String,
    #[field(unique)]
    place: Option<i64>,
    #[field(version)]
    version: i64,
}

/// A consumer of them.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "notes")]
struct RemoteNote {
    #[field(id)]
    id: i64,
    title: String,
    place: Option<i64>,
    #[field(version)]
    version: i64,
}

/// The storage of an owner.
enum Storage {
    Memory,
    Database(Box<TestDatabase>),
}

/// Makes a test on each storage of each of these functions.
macro_rules! on_each_storage {
    ($($name:ident),* $(,)?) => {
        mod in_memory {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(&$crate::Storage::Memory).await;
                }
            )*
        }

        mod on_sqlite {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(&$crate::Storage::Database(Box::new(gm_tests::database::TestDatabase::sqlite()))).await;
                }
            )*
        }

        mod on_postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    let database = gm_tests::database::TestDatabase::postgres().await;
                    super::$name(&$crate::Storage::Database(Box::new(database))).await;
                }
            )*
        }
    };
}
pub(crate) use on_each_storage;

impl Storage {
    fn builder(&self) -> GmBuilder {
        let builder = match self {
            Self::Memory => Gm::builder().in_memory::<Note>(),
            Self::Database(database) => Gm::builder().database(database.url()),
        };
        builder
            .expose::<Note>()
            .accept_bearer_token("of-ada", "ada")
            .accept_bearer_token("of-tim", "tim")
    }

    async fn serve(&self) -> Running {
        Running::start(self.builder()).await.unwrap()
    }
}

/// A request of a caller with this key.
fn request(method: &str, path: &str, caller: &str, key: &str) -> Request {
    Request::new(method, path)
        .header("Authorization", &format!("Bearer of-{caller}"))
        .header("Idempotency-Key", key)
}

/// The create of a note.
fn create(title: &str, key: &str) -> Request {
    request("POST", "/gm/notes", "ada", key).json(&format!(r#"{{"title": "{title}"}}"#))
}

async fn send(service: &Running, request: &Request) -> Response {
    request.send(service.address).await.unwrap()
}

fn is_replayed(response: &Response) -> bool {
    match response.header("idempotency-replayed") {
        None => false,
        Some("true") => true,
        other => panic!("{other:?}"),
    }
}

/// Sends a request twice, and checks that the second answer is that of the first one.
async fn twice(service: &Running, request: &Request) -> (u16, Json) {
    let first = send(service, &request.clone().header("X-Request-ID", "first")).await;
    assert!(!is_replayed(&first), "{first:?}");
    let second = send(service, &request.clone().header("X-Request-ID", "second")).await;
    assert_eq!((second.status, &second.body), (first.status, &first.body));
    assert_eq!(second.header("etag"), first.header("etag"));
    assert!(is_replayed(&second), "{second:?}");
    assert_eq!(second.header("x-request-id"), Some("second"));
    (first.status, first.json())
}

async fn titles(service: &Running) -> Vec<String> {
    let notes = Note::query()
        .order_by(|note| note.id.asc())
        .all(&service.gm)
        .await;
    notes.unwrap().iter().map(|note| note.title.clone()).collect()
}
