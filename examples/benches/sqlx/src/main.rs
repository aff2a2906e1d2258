//! The service of the Postgres benchmark as handlers on sqlx: the default settings of the pool, and a transaction with `pg_notify`
//! for each write.
//!
//! `sqlx-handlers --serve sqlx <url>` prints its address in its first line.

#[path = "../../support/by_hand.rs"]
mod by_hand;

use actix_web::error::{ErrorInternalServerError, ErrorNotFound};
use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::json;
use sqlx::postgres::{PgListener, PgPoolOptions, PgRow};
use sqlx::{FromRow, PgPool, Row as _};
use tokio::sync::broadcast;
use uuid::Uuid;

use by_hand::{CreateBody, Project, QueryBody, UpdateBody, check_version, request_id};

impl FromRow<'_, PgRow> for Project {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            status: row.try_get("status")?,
        })
    }
}

async fn get(
    request: HttpRequest,
    id: web::Path<i64>,
    pool: web::Data<PgPool>,
) -> actix_web::Result<HttpResponse> {
    check_version(&request)?;
    let id = id.into_inner();
    let project: Project = sqlx::query_as("SELECT id, name, status FROM projects WHERE id = $1")
        .bind(id)
        .fetch_optional(pool.get_ref())
        .await
        .map_err(ErrorInternalServerError)?
        .ok_or_else(|| ErrorNotFound("Resource not found."))?;
    let request_id = request_id(&request, || format!("gm-detail-{id}"));
    Ok(by_hand::row(StatusCode::OK, request_id, project))
}

async fn query(
    request: HttpRequest,
    body: web::Json<QueryBody>,
    pool: web::Data<PgPool>,
) -> actix_web::Result<HttpResponse> {
    check_version(&request)?;
    let QueryBody {
        filters,
        page,
        page_size,
        count,
    } = body.into_inner();
    let projects: Vec<Project> = sqlx::query_as(
        "SELECT id, name, status FROM projects WHERE status = $1 ORDER BY id LIMIT $2 OFFSET $3",
    )
    .bind(&filters.status)
    .bind(page_size)
    .bind((page - 1) * page_size)
    .fetch_all(pool.get_ref())
    .await
    .map_err(ErrorInternalServerError)?;
    let total_count = if count {
        let total = sqlx::query_scalar("SELECT count(*) FROM projects WHERE status = $1")
            .bind(&filters.status)
            .fetch_one(pool.get_ref())
            .await;
        Some(total.map_err(ErrorInternalServerError)?)
    } else {
        None
    };
    let request_id = request_id(&request, || format!("gm-query-{}", Uuid::new_v4()));
    Ok(by_hand::page(
        request_id,
        projects,
        (page, page_size),
        total_count,
    ))
}

/// The payload of an event.
fn payload(action: &str, project: &Project) -> String {
    let Project { id, name, status } = project;
    let event = json!({
        "i": Uuid::new_v4(), "t": "public.projects", "a": action, "k": {"id": id.to_string()},
        "n": {"name": name, "status": status},
    });
    format!("gm1 {event}")
}

async fn notify(connection: &mut sqlx::PgConnection, payload: String) -> sqlx::Result<()> {
    sqlx::query("SELECT pg_notify('gm', $1)")
        .bind(payload)
        .execute(connection)
        .await
        .map(|_| ())
}

async fn create(
    request: HttpRequest,
    body: web::Json<CreateBody>,
    pool: web::Data<PgPool>,
) -> actix_web::Result<HttpResponse> {
    check_version(&request)?;
    body.check()?;
    let CreateBody { name, status } = body.into_inner();
    let write = async || -> sqlx::Result<Project> {
        let mut transaction = pool.begin().await?;
        let project: Project =
            sqlx::query_as("INSERT INTO projects (name, status) VALUES ($1, $2) RETURNING id, name, status")
                .bind(&name)
                .bind(&status)
                .fetch_one(&mut *transaction)
                .await?;
        notify(&mut transaction, payload("c", &project)).await?;
        transaction.commit().await?;
        Ok(project)
    };
    let project = write().await.map_err(ErrorInternalServerError)?;
    let request_id = request_id(&request, || format!("gm-create-{}", Uuid::new_v4()));
    Ok(by_hand::row(StatusCode::CREATED, request_id, project))
}

async fn update(
    request: HttpRequest,
    id: web::Path<i64>,
    body: web::Json<UpdateBody>,
    pool: web::Data<PgPool>,
) -> actix_web::Result<HttpResponse> {
    check_version(&request)?;
    let id = id.into_inner();
    body.check()?;
    let UpdateBody { name, status } = body.into_inner();
    let write = async || -> sqlx::Result<Option<Project>> {
        let mut transaction = pool.begin().await?;
        let project: Option<Project> = sqlx::query_as(
            "UPDATE projects SET name = coalesce($2, name), status = coalesce($3, status) WHERE id = $1 \
             RETURNING id, name, status",
        )
        .bind(id)
        .bind(&name)
        .bind(&status)
        .fetch_optional(&mut *transaction)
        .await?;
        if let Some(project) = &project {
            notify(&mut transaction, payload("u", project)).await?;
        }
        transaction.commit().await?;
        Ok(project)
    };
    let project = write()
        .await
        .map_err(ErrorInternalServerError)?
        .ok_or_else(|| ErrorNotFound("Resource not found."))?;
    let request_id = request_id(&request, || format!("gm-patch-{id}"));
    Ok(by_hand::row(StatusCode::OK, request_id, project))
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [_, _, url] = arguments.as_slice() else {
        return Err("expected --serve sqlx <url>".into());
    };
    let pool = PgPoolOptions::new().connect(url).await?;
    let mut listener = PgListener::connect(url).await?;
    listener.listen("gm").await?;
    let events = broadcast::channel(1024).0;
    actix_web::rt::spawn(async move {
        while let Ok(notification) = listener.recv().await {
            if let Some(payload) = notification.payload().strip_prefix("gm1 ") {
                let event: serde_json::Value = serde_json::from_str(payload).expect("an event");
                // There may be no subscriber.
                let _ = events.send(event);
            }
        }
    });
    let pool = web::Data::new(pool);
    let server = HttpServer::new(move || {
        App::new().app_data(pool.clone()).service(
            web::scope("/internal/gm/projects")
                .route("", web::post().to(create))
                .route("/query", web::post().to(query))
                .route("/{id}", web::get().to(get))
                .route("/{id}", web::patch().to(update)),
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
