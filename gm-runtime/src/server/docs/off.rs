//! The room `docs` if its feature is off: there is no page.

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use super::routes::Base;
use super::state::Server;

pub(super) fn handle(_: &Server, _: &Base, _: &str, _: &HttpRequest, _: Payload) -> HttpResponse {
    HttpResponse::NotFound().finish()
}
