//! An owner of this project with the rows of the recorded calls, which records its requests.

use std::sync::{Arc, Mutex};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, HttpServer, web};
use gm_runtime::{GeneralManager, Gm};
use tempfile::TempDir;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    base_path = "/internal/gm",
    resource = "projects",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    default_page_size = 10,
    max_page_size = 100
)]
pub(crate) struct Project {
    #[field(id)]
    pub(crate) id: i64,
    #[field(max_length = 200)]
    pub(crate) name: String,
    #[field(max_length = 50)]
    pub(crate) status: String,
}

/// A request in the format of the recording.
#[derive(Clone, Debug)]
pub(crate) struct RecordedRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) protocol_header: Option<String>,
    pub(crate) body: String,
}

/// Records the request before the response.
async fn record(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let body = request.extract::<web::Bytes>().await?;
    let header = request.headers().get("x-general-manager-protocol-version");
    request
        .app_data::<web::Data<Mutex<Vec<RecordedRequest>>>>()
        .unwrap()
        .lock()
        .unwrap()
        .push(RecordedRequest {
            method: request.method().to_string(),
            path: request.path().to_owned(),
            protocol_header: header.map(|version| version.to_str().unwrap().to_owned()),
            body: String::from_utf8(body.to_vec()).unwrap(),
        });
    request.set_payload(body.into());
    next.call(request).await
}

pub(crate) struct Owner {
    _folder: TempDir,
    gm: Gm,
    url: String,
    requests: Arc<Mutex<Vec<RecordedRequest>>>,
}

impl Owner {
    /// Serves the rows of the recording, with ids from 1 on.
    pub(crate) async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let gm = Gm::builder()
            .database(format!("sqlite://{}", folder.path().join("owner.db").display()))
            .expose::<Project>()
            .build()
            .await
            .unwrap();
        let seed: serde_json::Value =
            serde_json::from_str(include_str!("../../fixtures/wire/seed.json")).unwrap();
        for project in seed["projects"].as_array().unwrap() {
            Project::create(ProjectCreate {
                name: project["name"].as_str().unwrap().to_owned(),
                status: project["status"].as_str().unwrap().to_owned(),
            })
            .exec(&gm)
            .await
            .unwrap();
        }
        let requests = Arc::new(Mutex::new(Vec::new()));
        let services = gm.services();
        let recorder = web::Data::from(Arc::clone(&requests));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(recorder.clone())
                .wrap(from_fn(record))
                .configure(services.clone())
        })
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .unwrap();
        let url = format!("http://{}", server.addrs()[0]);
        tokio::spawn(server.run());
        Self {
            _folder: folder,
            gm,
            url,
            requests,
        }
    }

    /// A consumer of this owner.
    pub(crate) async fn consumer(&self) -> Gm {
        Gm::builder()
            .base_url("http://owner.test", &self.url)
            // Each request is counted. The test `idempotency` is about the keys of writes, and `schemas` about the check.
            .idempotent_writes(false)
            .check_schemas(false)
            .build()
            .await
            .unwrap()
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) async fn close(self) {
        self.gm.close().await;
    }
}
