//! An owner with ids that are not numbers, and with every refusal that a healthy service has no occasion for.

use std::time::Duration;

use chrono::{DateTime, Utc};
use gm_runtime::client::{HttpRequest, HttpResponse, Transport, TransportFuture};
use gm_runtime::error::TransportError;
use gm_runtime::interface::{Interface, Updated};
use gm_runtime::manager::Values;
use gm_runtime::query::{Page as RowPage, Select};
use gm_runtime::{Error, GeneralManager, Gm, GmBuilder, computed};
use uuid::Uuid;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "pages")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    base_path = "/internal/gm",
    resource = "pages",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    websocket_invalidation
)]
struct Page {
    #[field(id, max_length = 300)]
    id: String,
    #[field(max_length = 100)]
    title: String,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "things")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    base_path = "/internal/gm",
    resource = "things",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    websocket_invalidation
)]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(max_length = 100)]
    title: String,
}

/// Rows with a version, a computed field and numbers of rows. The package knows the computed one, which is a field like others.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "documents")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    base_path = "/internal/gm",
    resource = "documents",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    allow_counts
)]
struct Document {
    #[field(id)]
    id: i64,
    #[field(max_length = 100)]
    title: String,
    #[field(version, rename = "revision")]
    version: i64,
    #[field(updated)]
    updated: DateTime<Utc>,
}

#[computed]
impl Document {
    fn heading(&self) -> String {
        self.title.to_uppercase()
    }
}

/// Rows that refer to documents.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "notes")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    base_path = "/internal/gm",
    resource = "notes",
    allow_filter,
    allow_detail,
    allow_create,
    allow_delete
)]
struct Note {
    #[field(id)]
    id: i64,
    #[field(max_length = 100)]
    text: String,
    #[field(references = Document)]
    document_id: Option<i64>,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "broken_things")]
#[permission(read = public, create = public)]
#[remote_api(
    base_path = "/internal/gm",
    resource = "broken-things",
    allow_filter,
    allow_detail,
    allow_create
)]
struct BrokenThing {
    #[field(id)]
    id: i64,
    name: String,
}

/// Storage that fails to be read, and has no time to write.
struct Broken;

impl Interface<BrokenThing> for Broken {
    async fn query(&self, _: &Select) -> Result<RowPage<BrokenThing>, Error> {
        Err(Error::storage(std::io::Error::other("the disk is on fire")))
    }

    async fn get(&self, _: &i64) -> Result<Option<BrokenThing>, Error> {
        Err(Error::storage(std::io::Error::other("the disk is on fire")))
    }

    async fn create(&self, _: &Values) -> Result<BrokenThing, Error> {
        Err(Error::Unavailable("it does something else"))
    }

    async fn update(&self, _: &i64, _: &Values) -> Result<Option<Updated<BrokenThing>>, Error> {
        Ok(None)
    }

    async fn delete(&self, _: &i64) -> Result<bool, Error> {
        Ok(false)
    }
}

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "http://elsewhere.test", resource = "limited-things")]
#[permission(read = public)]
#[remote_api(base_path = "/internal/gm", resource = "limited-things", allow_filter)]
struct LimitedThing {
    #[field(id)]
    id: i64,
    name: String,
}

/// Another service, which has had enough.
struct Limited;

impl Transport for Limited {
    fn send(&self, _: HttpRequest) -> TransportFuture<Result<HttpResponse, TransportError>> {
        Box::pin(async {
            Ok(HttpResponse::new(
                429,
                [("retry-after".to_owned(), "60".to_owned())],
                "",
            ))
        })
    }

    fn sleep(&self, _: Duration) -> TransportFuture<()> {
        Box::pin(async {})
    }
}

pub(crate) fn builder(database: &str) -> GmBuilder {
    Gm::builder()
        .database(database)
        .expose::<Page>()
        .expose::<Thing>()
        .expose::<Document>()
        .expose::<Note>()
        .interface::<BrokenThing>(Broken)
        .expose::<BrokenThing>()
        .transport(Limited)
        .expose::<LimitedThing>()
}
