//! The id of a request, in its response and in the log.

use std::borrow::Cow;

use actix_web::HttpRequest;
use actix_web::http::Method;
use uuid::Uuid;

use super::header_names::REQUEST_ID;
use super::routes::Route;

/// The longest id that is accepted from a caller (R-request-id).
const MAX_GIVEN: usize = 128;
/// The longest part of a generated id that comes from the URL.
const MAX_SEGMENT: usize = 64;

/// The caller's id if it is fit for logs and headers. Otherwise a generated one.
pub(crate) fn request_id(request: &HttpRequest, route: Route<'_>) -> String {
    let given = request
        .headers()
        .get(&REQUEST_ID)
        .map(|id| id.as_bytes().trim_ascii())
        .filter(|id| {
            (1..=MAX_GIVEN).contains(&id.len()) && id.iter().all(|byte| (b' '..=b'~').contains(byte))
        })
        .and_then(|id| std::str::from_utf8(id).ok());
    match given {
        Some(id) => id.to_owned(),
        None => generated(request.method(), route),
    }
}

fn generated(method: &Method, route: Route<'_>) -> String {
    // Written in one piece: formatting costs several times as much, and each request has an id.
    let mut uuid = Uuid::encode_buffer();
    let mut numbered = |verb: &str| {
        let uuid: &str = Uuid::new_v4().hyphenated().encode_lower(&mut uuid);
        ["gm-", verb, "-", uuid].concat()
    };
    match route {
        Route::Query => numbered("query"),
        Route::Collection => numbered("create"),
        Route::Batch => numbered("batch"),
        Route::Events => numbered("events"),
        Route::Schema => numbered("schema"),
        Route::OpenApi => numbered("openapi"),
        Route::Docs(_) => numbered("docs"),
        Route::Item(id) => {
            let (verb, id) = (verb(method), short(id));
            ["gm-", &verb, "-", &id].concat()
        }
    }
}

fn verb(method: &Method) -> Cow<'_, str> {
    match *method {
        Method::GET => Cow::Borrowed("detail"),
        Method::PATCH => Cow::Borrowed("patch"),
        Method::DELETE => Cow::Borrowed("delete"),
        _ => Cow::Owned(short(&method.as_str().to_ascii_lowercase()).into_owned()),
    }
}

fn short(text: &str) -> Cow<'_, str> {
    match text.len() <= MAX_SEGMENT && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(Uuid::new_v4().to_string()),
    }
}
