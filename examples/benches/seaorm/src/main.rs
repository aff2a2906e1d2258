//! The service of the throughput benchmark as handlers on SeaORM. It uses entities, the default settings of the pool, and pages
//! with their counts as in SeaORM's guide.
//!
//! `seaorm-handlers --serve seaorm <database> <FULL|NORMAL>` prints its address in its first line.

mod projects;

use actix_web::error::{ErrorBadRequest, ErrorInternalServerError, ErrorNotFound};
use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectOptions, Database, DatabaseConnection, EntityTrait as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const VERSION: &str = "v1";
const VERSION_HEADER: &str = "x-general-manager-protocol-version";
const REQUEST_ID_HEADER: &str = "x-request-id";

#[derive(Deserialize)]
struct QueryBody {
    filters: Filters,
    page: u64,
    page_size: u64,
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

fn yes() -> bool {
    true
}

#[derive(Serialize)]
struct Reply {
    items: Vec<projects::Model>,
    metadata: Metadata,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_count: Option<u64>,
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
    page: u64,
    page_size: u64,
}

fn reply(
    status: StatusCode,
    request_id: String,
    items: Vec<projects::Model>,
    paging: Option<Paging>,
    total_count: Option<u64>,
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
    let given = request.headers().get(REQUEST_ID_HEADER);
    match given.and_then(|id| id.to_str().ok()) {
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

fn check(text: &str, max_length: usize) -> actix_web::Result<()> {
    if text.is_empty() || text.chars().count() > max_length || text.contains('\0') {
        return Err(ErrorBadRequest("Validation failed."));
    }
    Ok(())
}

async fn get(
    request: HttpRequest,
    id: web::Path<i64>,
    database: web::Data<DatabaseConnection>,
) -> actix_web::Result<HttpResponse> {
    check_version(&request)?;
    let id = id.into_inner();
    let project = projects::Entity::find_by_id(id)
        .one(database.get_ref())
        .await
        .map_err(ErrorInternalServerError)?
        .ok_or_else(|| ErrorNotFound("Resource not found."))?;
    let request_id = request_id(&request, || format!("gm-detail-{id}"));
    Ok(reply(StatusCode::OK, request_id, vec![project], None, None))
}

async fn query(
    request: HttpRequest,
    body: web::Json<QueryBody>,
    database: web::Data<DatabaseConnection>,
) -> actix_web::Result<HttpResponse> {
    check_version(&request)?;
    let QueryBody {
        filters,
        page,
        page_size,
        count,
    } = body.into_inner();
    let matching = projects::Entity::find().filter(projects::Column::Status.eq(filters.status));
    let items = matching
        .clone()
        .order_by_asc(projects::Column::Id)
        .offset((page - 1) * page_size)
        .limit(page_size)
        .all(database.get_ref())
        .await
        .map_err(ErrorInternalServerError)?;
    let total_count = if count {
        let count = matching.count(database.get_ref()).await;
        Some(count.map_err(ErrorInternalServerError)?)
    } else {
        None
    };
    let request_id = request_id(&request, || format!("gm-query-{}", Uuid::new_v4()));
    let paging = Paging {
        ordering: None,
        page,
        page_size,
    };
    Ok(reply(StatusCode::OK, request_id, items, Some(paging), total_count))
}

async fn create(
    request: HttpRequest,
    body: web::Json<CreateBody>,
    database: web::Data<DatabaseConnection>,
) -> actix_web::Result<HttpResponse> {
    check_version(&request)?;
    let CreateBody { name, status } = body.into_inner();
    check(&name, 200)?;
    check(&status, 50)?;
    let row = projects::ActiveModel {
        name: Set(name),
        status: Set(status),
        ..Default::default()
    };
    let project = row.insert(database.get_ref()).await.map_err(ErrorInternalServerError)?;
    let request_id = request_id(&request, || format!("gm-create-{}", Uuid::new_v4()));
    Ok(reply(StatusCode::CREATED, request_id, vec![project], None, None))
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [_, _, database, synchronous] = arguments.as_slice() else {
        return Err("expected --serve seaorm <database> <FULL|NORMAL>".into());
    };
    let mut options = ConnectOptions::new(format!("sqlite://{database}"));
    let synchronous = synchronous.clone();
    options
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| options.pragma("synchronous", synchronous.clone()));
    let database = web::Data::new(Database::connect(options).await?);
    let server = HttpServer::new(move || {
        App::new().app_data(database.clone()).service(
            web::scope("/internal/gm/projects")
                .route("", web::post().to(create))
                .route("/query", web::post().to(query))
                .route("/{id}", web::get().to(get)),
        )
    })
    .tcp_nodelay(true)
    .bind(("127.0.0.1", 0))?;
    for address in server.addrs() {
        println!("{address}");
    }
    server.run().await?;
    Ok(())
}
