//! The same service written by hand, as an engineer who knows actix-web and rusqlite would: typed bodies, prepared
//! statements, one read transaction a page.

use std::cell::RefCell;
use std::path::Path;

use actix_web::error::{ErrorBadRequest, ErrorInternalServerError, ErrorNotFound, ErrorServiceUnavailable};
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use crossbeam_channel::{Sender, bounded};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::service::announce;

const VERSION: &str = "v1";
const VERSION_HEADER: &str = "x-general-manager-protocol-version";
const REQUEST_ID_HEADER: &str = "x-request-id";
const READERS: usize = 2;

#[derive(Serialize)]
struct Project {
    id: i64,
    name: String,
    status: String,
}

impl Project {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            status: row.get(2)?,
        })
    }
}

#[derive(Deserialize)]
struct QueryBody {
    filters: Filters,
    page: i64,
    page_size: i64,
    #[serde(default = "yes")]
    count: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filters {
    status: String,
}

fn yes() -> bool {
    true
}

#[derive(Serialize)]
struct Reply {
    items: Vec<Project>,
    metadata: Metadata,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_count: Option<i64>,
}

#[derive(Serialize)]
struct Metadata {
    protocol_version: &'static str,
    request_id: String,
    #[serde(flatten)]
    paging: Option<Paging>,
}

#[derive(Serialize)]
struct Paging {
    ordering: Option<String>,
    page: i64,
    page_size: i64,
}

/// Where the twin reads.
#[derive(Clone, Copy)]
pub(crate) enum Reading {
    /// On threads of its own.
    Threads,
    /// In the handler: no hop to another thread, and nothing else runs on the worker meanwhile.
    Blocking,
}

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

enum Reader {
    Threads(Sender<Job>),
    Blocking(RefCell<Connection>),
}

fn open(database: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(database, flags).expect("the database opens")
}

impl Reader {
    fn start(database: &Path, reading: Reading) -> Self {
        match reading {
            Reading::Threads => {
                let (jobs, queue) = bounded::<Job>(1024);
                for _ in 0..READERS {
                    let (queue, mut connection) = (queue.clone(), open(database));
                    std::thread::spawn(move || queue.iter().for_each(|job| job(&mut connection)));
                }
                Self::Threads(jobs)
            }
            Reading::Blocking => Self::Blocking(RefCell::new(open(database))),
        }
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> actix_web::Result<T> {
        let read = match self {
            Self::Threads(jobs) => {
                let (answer, answered) = oneshot::channel();
                let job = Box::new(move |connection: &mut Connection| {
                    // The caller may have gone.
                    let _ = answer.send(read(connection));
                });
                jobs.try_send(job).map_err(ErrorServiceUnavailable)?;
                answered.await.map_err(ErrorInternalServerError)?
            }
            Self::Blocking(connection) => read(&mut connection.borrow_mut()),
        };
        read.map_err(ErrorInternalServerError)
    }
}

fn reply(
    request_id: String,
    items: Vec<Project>,
    paging: Option<Paging>,
    total_count: Option<i64>,
) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((VERSION_HEADER, VERSION))
        .insert_header((REQUEST_ID_HEADER, request_id.as_str()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Reply {
            items,
            metadata: Metadata {
                protocol_version: VERSION,
                request_id,
                paging,
            },
            total_count,
        })
}

fn request_id(request: &HttpRequest, generate: impl FnOnce() -> String) -> String {
    match request
        .headers()
        .get(REQUEST_ID_HEADER)
        .and_then(|id| id.to_str().ok())
    {
        Some(id) => id.to_owned(),
        None => generate(),
    }
}

fn check_version(request: &HttpRequest) -> actix_web::Result<()> {
    match request.headers().get(VERSION_HEADER) {
        Some(version) if version != VERSION => Err(ErrorBadRequest("Invalid request.")),
        _ => Ok(()),
    }
}

async fn get(
    request: HttpRequest,
    id: web::Path<i64>,
    reader: web::Data<Reader>,
) -> actix_web::Result<HttpResponse> {
    check_version(&request)?;
    let id = id.into_inner();
    let project = reader
        .read(move |connection| {
            connection
                .prepare_cached("SELECT id, name, status FROM projects WHERE id = ?1")?
                .query_row(params![id], Project::read)
                .optional()
        })
        .await?
        .ok_or_else(|| ErrorNotFound("Resource not found."))?;
    let request_id = request_id(&request, || format!("gm-detail-{id}"));
    Ok(reply(request_id, vec![project], None, None))
}

async fn query(
    request: HttpRequest,
    body: web::Json<QueryBody>,
    reader: web::Data<Reader>,
) -> actix_web::Result<HttpResponse> {
    check_version(&request)?;
    let QueryBody {
        filters,
        page,
        page_size,
        count,
    } = body.into_inner();
    let (projects, total_count) =
        reader
            .read(move |connection| {
                let transaction = connection.transaction()?;
                let projects = transaction
                .prepare_cached(
                    "SELECT id, name, status FROM projects WHERE status = ?1 ORDER BY id LIMIT ?2 OFFSET ?3",
                )?
                .query_map(params![filters.status, page_size, (page - 1) * page_size], Project::read)?
                .collect::<Result<Vec<_>, _>>()?;
                let total_count = if count {
                    let mut count =
                        transaction.prepare_cached("SELECT count(*) FROM projects WHERE status = ?1")?;
                    Some(count.query_row(params![filters.status], |row| row.get(0))?)
                } else {
                    None
                };
                transaction.finish()?;
                Ok((projects, total_count))
            })
            .await?;
    let request_id = request_id(&request, || format!("gm-query-{}", Uuid::new_v4()));
    let paging = Paging {
        ordering: None,
        page,
        page_size,
    };
    Ok(reply(request_id, projects, Some(paging), total_count))
}

pub(crate) fn serve(database: &Path, reading: Reading) {
    let database = database.to_owned();
    actix_web::rt::System::new().block_on(async {
        let server = HttpServer::new(move || {
            App::new()
                .app_data(web::Data::new(Reader::start(&database, reading)))
                .service(
                    web::scope("/internal/gm/projects")
                        .route("/query", web::post().to(query))
                        .route("/{id}", web::get().to(get)),
                )
        })
        .tcp_nodelay(true)
        .bind(("127.0.0.1", 0))
        .expect("a free port");
        announce(server.addrs()[0]);
        server.run().await.expect("the server runs");
    });
}
