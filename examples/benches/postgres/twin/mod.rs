//! The same service written by hand with actix-web and tokio-postgres: reads are pipelined on connections of each worker thread,
//! writes share transactions, and every write notifies all processes.

mod connection;
pub(crate) mod listener;
mod reads;
mod statements;
mod writer;

use actix_web::error::{ErrorInternalServerError, ErrorNotFound};
use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use tokio::sync::{broadcast, mpsc, watch};
use uuid::Uuid;

use crate::by_hand::{self, CreateBody, QueryBody, UpdateBody, check_version, request_id};
use crate::process::announce;
pub(crate) use reads::Pages;
use reads::{Reads, Wanted};
pub(crate) use writer::Writing;
use writer::{Write, Writer};

async fn get(
    request: HttpRequest,
    id: web::Path<i64>,
    reads: web::Data<Reads>,
) -> actix_web::Result<HttpResponse> {
    check_version(&request)?;
    let id = id.into_inner();
    let project = reads
        .get(id)
        .await
        .map_err(ErrorInternalServerError)?
        .ok_or_else(|| ErrorNotFound("Resource not found."))?;
    let request_id = request_id(&request, || format!("gm-detail-{id}"));
    Ok(by_hand::row(StatusCode::OK, request_id, project))
}

async fn query(
    request: HttpRequest,
    body: web::Json<QueryBody>,
    reads: web::Data<Reads>,
) -> actix_web::Result<HttpResponse> {
    check_version(&request)?;
    let QueryBody {
        filters,
        page,
        page_size,
        count,
    } = body.into_inner();
    let wanted = Wanted {
        status: filters.status,
        page_size,
        offset: (page - 1) * page_size,
        count,
    };
    let (projects, total_count) = reads.page(wanted).await.map_err(ErrorInternalServerError)?;
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
    let project = writer
        .write(Write::Create { name, status })
        .await
        .map_err(ErrorInternalServerError)?;
    let request_id = request_id(&request, || format!("gm-create-{}", Uuid::new_v4()));
    Ok(by_hand::row(
        StatusCode::CREATED,
        request_id,
        project.expect("a row"),
    ))
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
        .write(Write::Update { id, name, status })
        .await
        .map_err(ErrorInternalServerError)?
        .ok_or_else(|| ErrorNotFound("Resource not found."))?;
    let request_id = request_id(&request, || format!("gm-patch-{id}"));
    Ok(by_hand::row(StatusCode::OK, request_id, project))
}

pub(crate) fn serve(url: &str, pages: Pages, writing: Writing) {
    let (writer, writes) = Writer::new();
    let (reader, page_reads) = mpsc::channel(1024);
    let background = url.to_owned();
    // As those of the derived service, the writer, the listener and, in one variant, the pages run on threads of their own.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let (events, alive) = (broadcast::channel(1024).0, watch::channel(false).0);
            let written = writer::run(&background, writing, writes);
            let listened = listener::run(&background, listener::HEARTBEAT, &events, &alive);
            if let Pages::Background(depth) = pages {
                reads::read_pages(&background, depth, page_reads).await;
            }
            let (_, listened) = tokio::join!(written, listened);
            listened.expect("the database answers");
        });
    });
    let url = url.to_owned();
    actix_web::rt::System::new().block_on(async {
        let server = HttpServer::new(move || {
            let (url, reader) = (url.clone(), reader.clone());
            App::new()
                .app_data(web::Data::new(writer.clone()))
                .data_factory(move || {
                    let (url, reader) = (url.clone(), reader.clone());
                    async move { Reads::open(&url, pages, Some(reader)).await }
                })
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
