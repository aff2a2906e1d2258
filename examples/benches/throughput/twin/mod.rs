//! The same service written by hand with actix-web and rusqlite: typed bodies, prepared statements, and one read transaction for
//! each page.

mod read;
mod write;

use std::path::Path;

use actix_web::error::ErrorNotFound;
use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use rusqlite::{OptionalExtension as _, Row, params};
use uuid::Uuid;

use crate::by_hand::{self, CreateBody, Project, QueryBody, UpdateBody, check_version, request_id};
use crate::process::announce;
use crate::service::Synchronous;
pub(crate) use read::Reading;
use read::{Reader, Readers};
use write::Writer;
pub(crate) use write::Writing;

fn project(row: &Row<'_>) -> rusqlite::Result<Project> {
    Ok(Project {
        id: row.get(0)?,
        name: row.get(1)?,
        status: row.get(2)?,
    })
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
                .query_row(params![id], project)
                .optional()
        })
        .await?
        .ok_or_else(|| ErrorNotFound("Resource not found."))?;
    let request_id = request_id(&request, || format!("gm-detail-{id}"));
    Ok(by_hand::row(StatusCode::OK, request_id, project))
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
                .query_map(params![filters.status, page_size, (page - 1) * page_size], project)?
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
    Ok(by_hand::page(
        request_id,
        projects,
        (page, page_size),
        total_count,
    ))
}

async fn create(
    request: HttpRequest,
    body: web::Json<CreateBody>,
    writer: web::Data<Writer>,
) -> actix_web::Result<HttpResponse> {
    check_version(&request)?;
    body.check()?;
    let CreateBody { name, status } = body.into_inner();
    let key = request.headers().get("idempotency-key");
    let key = key.and_then(|key| key.to_str().ok()).map(str::to_owned);
    let project = writer
        .write(move |connection| {
            connection
                .prepare_cached("INSERT INTO projects (name, status) VALUES (?1, ?2)")?
                .execute(params![name, status])?;
            let project = Project {
                id: connection.last_insert_rowid(),
                name,
                status,
            };
            if let Some(key) = key {
                let body = serde_json::to_string(&project).expect("JSON of strings");
                connection
                    .prepare_cached("INSERT INTO answers (id, body) VALUES (?1, ?2)")?
                    .execute(params![key, body])?;
            }
            Ok(project)
        })
        .await?;
    let request_id = request_id(&request, || format!("gm-create-{}", Uuid::new_v4()));
    Ok(by_hand::row(StatusCode::CREATED, request_id, project))
}

async fn update(
    request: HttpRequest,
    id: web::Path<i64>,
    body: web::Json<UpdateBody>,
    writer: web::Data<Writer>,
) -> actix_web::Result<HttpResponse> {
    check_version(&request)?;
    let id = id.into_inner();
    body.check()?;
    let UpdateBody { name, status } = body.into_inner();
    let project = writer
        .write(move |connection| {
            connection
                .prepare_cached(
                    "UPDATE projects SET name = coalesce(?2, name), status = coalesce(?3, status) WHERE id = ?1 \
                     RETURNING id, name, status",
                )?
                .query_row(params![id, name, status], project)
                .optional()
        })
        .await?
        .ok_or_else(|| ErrorNotFound("Resource not found."))?;
    let request_id = request_id(&request, || format!("gm-patch-{id}"));
    Ok(by_hand::row(StatusCode::OK, request_id, project))
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
