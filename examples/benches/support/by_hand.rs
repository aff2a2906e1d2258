//! The HTTP part of the services written by hand: typed bodies, the checks of a request, and the same responses.

use actix_web::error::ErrorBadRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

const VERSION: &str = "v1";
const VERSION_HEADER: &str = "x-general-manager-protocol-version";
const REQUEST_ID_HEADER: &str = "x-request-id";

#[derive(Clone, Serialize)]
pub(crate) struct Project {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) status: String,
}

#[derive(Deserialize)]
pub(crate) struct QueryBody {
    pub(crate) filters: Filters,
    pub(crate) page: i64,
    pub(crate) page_size: i64,
    #[serde(default = "yes")]
    pub(crate) count: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filters {
    pub(crate) status: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateBody {
    pub(crate) name: String,
    pub(crate) status: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateBody {
    pub(crate) name: Option<String>,
    pub(crate) status: Option<String>,
}

impl CreateBody {
    pub(crate) fn check(&self) -> actix_web::Result<()> {
        check(&self.name, 200)?;
        check(&self.status, 50)
    }
}

impl UpdateBody {
    pub(crate) fn check(&self) -> actix_web::Result<()> {
        self.name.as_deref().map_or(Ok(()), |name| check(name, 200))?;
        self.status.as_deref().map_or(Ok(()), |status| check(status, 50))
    }
}

/// The limits of the fields, which the derived service checks.
fn check(text: &str, max_length: usize) -> actix_web::Result<()> {
    if text.is_empty() || text.chars().count() > max_length || text.contains('\0') {
        return Err(ErrorBadRequest("Validation failed."));
    }
    Ok(())
}

pub(crate) fn check_version(request: &HttpRequest) -> actix_web::Result<()> {
    match request.headers().get(VERSION_HEADER) {
        Some(version) if version != VERSION => Err(ErrorBadRequest("Invalid request.")),
        _ => Ok(()),
    }
}

pub(crate) fn request_id(request: &HttpRequest, generate: impl FnOnce() -> String) -> String {
    let given = request.headers().get(REQUEST_ID_HEADER);
    match given.and_then(|id| id.to_str().ok()) {
        Some(id) => id.to_owned(),
        None => generate(),
    }
}

#[derive(Serialize)]
struct Reply<T> {
    items: Vec<T>,
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

/// The response with one row.
pub(crate) fn row<T: Serialize>(status: StatusCode, request_id: String, row: T) -> HttpResponse {
    reply(status, request_id, vec![row], None, None)
}

/// The response with a page of rows.
pub(crate) fn page<T: Serialize>(
    request_id: String,
    items: Vec<T>,
    (page, page_size): (i64, i64),
    total_count: Option<i64>,
) -> HttpResponse {
    let paging = Paging {
        ordering: None,
        page,
        page_size,
    };
    reply(StatusCode::OK, request_id, items, Some(paging), total_count)
}

fn reply<T: Serialize>(
    status: StatusCode,
    request_id: String,
    items: Vec<T>,
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
