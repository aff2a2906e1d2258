//! The same service written by hand with actix-web and rusqlite: typed bodies, prepared statements, and one read transaction for
//! each page.

mod read;
mod write;

use std::path::Path;

use actix_web::error::{ErrorBadRequest, ErrorNotFound};
use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use rusqlite::{OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::service::Synchronous;
pub(crate) use read::Reading;
use read::{Reader, Readers};
use write::Writer;
pub(crate) use write::Writing;

use crate::service::announce;

const VERSION: &str = "v1";
const VERSION_HEADER: &str = "x-general-manager-protocol-version";
const REQUEST_ID_HEADER: &str = "x-request-id";

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateBody {
    name: String,
    status: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UpdateBody {
    name: Option<String>,
    status: Option<String>,
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

fn reply(
    status: StatusCode,
    request_id: String,
    items: Vec<Project>,
    paging: Option<Paging>,
    total_count: Option<i64>,
) -> HttpResponse {
    HttpResponse::build(status)
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
    Ok(reply(StatusCode::OK, request_id, vec![project], None, None))
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
    Ok(reply(
        StatusCode::OK,
        request_id,
        projects,
        Some(paging),
        total_count,
    ))
}

/// The limits of the fields, which the service checks.
fn check(text: &str, max_length: usize) -> actix_web::Result<()> {
    if text.is_empty() || text.chars().count() > max_length || text.contains('\0') {
        return Err(ErrorBadRequest("Validation failed."));
    }
    Ok(())
}

async fn create(
    request: HttpRequest,
    body: web::Json<CreateBody>,
    writer: web::Data<Writer>,
) -> actix_web::Result<HttpResponse> {
    check_version(&request)?;
    let CreateBody { name, status } = body.into_inner();
    check(&name, 200)?;
    check(&status, 50)?;
    let project = writer
        .write(move |connection| {
            connection
                .prepare_cached("INSERT INTO projects (name, status) VALUES (?1, ?2)")?
                .execute(params![name, status])?;
            Ok(Project {
                id: connection.last_insert_rowid(),
                name,
                status,
            })
        })
        .await?;
    let request_id = request_id(&request, || format!("gm-create-{}", Uuid::new_v4()));
    Ok(reply(StatusCode::CREATED, request_id, vec![project], None, None))
}

async fn update(
    request: HttpRequest,
    id: web::Path<i64>,
    body: web::Json<UpdateBody>,
    writer: web::Data<Writer>,
) -> actix_web::Result<HttpResponse> {
    check_version(&request)?;
    let id = id.into_inner();
    let UpdateBody { name, status } = body.into_inner();
    name.as_deref().map_or(Ok(()), |name| check(name, 200))?;
    status.as_deref().map_or(Ok(()), |status| check(status, 50))?;
    let project = writer
        .write(move |connection| {
            connection
                .prepare_cached(
                    "UPDATE projects SET name = coalesce(?2, name), status = coalesce(?3, status) WHERE id = ?1 \
                     RETURNING id, name, status",
                )?
                .query_row(params![id, name, status], Project::read)
                .optional()
        })
        .await?
        .ok_or_else(|| ErrorNotFound("Resource not found."))?;
    let request_id = request_id(&request, || format!("gm-patch-{id}"));
    Ok(reply(StatusCode::OK, request_id, vec![project], None, None))
}

pub(crate) fn serve(database: &Path, reading: Reading, writing: Writing, synchronous: Synchronous) {
    let database = database.to_owned();
    actix_web::rt::System::new().block_on(async {
        let writer = web::Data::new(Writer::start(&database, writing, synchronous));
        let readers = Readers::start(&database, reading);
        let server = HttpServer::new(move || {
            App::new()
                .app_data(web::Data::new(readers.of_worker()))
                .app_data(writer.clone())
                .service(
                    web::scope("/internal/gm/projects")
                        .route("", web::post().to(create))
                        .route("/query", web::post().to(query))
                        .route("/{id}", web::get().to(get))
                        .route("/{id}", web::patch().to(update)),
                )
        })
        .tcp_nodelay(true)
        .bind(("127.0.0.1", 0))
        .expect("a free port");
        announce(server.addrs()[0]);
        server.run().await.expect("the server runs");
    });
}
