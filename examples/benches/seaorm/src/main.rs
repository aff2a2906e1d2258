//! The service of the throughput benchmark as handlers on SeaORM. It uses entities, the default settings of the pool, and pages
//! with their counts as in SeaORM's guide.
//!
//! `seaorm-handlers --serve seaorm <database> <FULL|NORMAL>` prints its address in its first line.

#[allow(dead_code, reason = "shared with other handlers: SeaORM has an entity in place of the row, and no update is measured")]
#[path = "../../support/by_hand.rs"]
mod by_hand;
mod projects;

use actix_web::error::{ErrorBadRequest, ErrorInternalServerError, ErrorNotFound};
use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectOptions, Database, DatabaseConnection, EntityTrait as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use by_hand::{CreateBody, QueryBody, check_version, request_id};

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
    Ok(by_hand::row(StatusCode::OK, request_id, project))
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
    let offset = u64::try_from((page - 1) * page_size).map_err(ErrorBadRequest)?;
    let limit = u64::try_from(page_size).map_err(ErrorBadRequest)?;
    let items = matching
        .clone()
        .order_by_asc(projects::Column::Id)
        .offset(offset)
        .limit(limit)
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
    let total_count = total_count.map(|count| count.try_into().expect("fewer rows"));
    Ok(by_hand::page(request_id, items, (page, page_size), total_count))
}

async fn create(
    request: HttpRequest,
    body: web::Json<CreateBody>,
    database: web::Data<DatabaseConnection>,
) -> actix_web::Result<HttpResponse> {
    check_version(&request)?;
    body.check()?;
    let CreateBody { name, status } = body.into_inner();
    let row = projects::ActiveModel {
        name: Set(name),
        status: Set(status),
        ..Default::default()
    };
    let project = row
        .insert(database.get_ref())
        .await
        .map_err(ErrorInternalServerError)?;
    let request_id = request_id(&request, || format!("gm-create-{}", Uuid::new_v4()));
    Ok(by_hand::row(StatusCode::CREATED, request_id, project))
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
