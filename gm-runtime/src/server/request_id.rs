//! The id of a request, in its response and in the log.

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
    match route {
        Route::Query => format!("gm-query-{}", Uuid::new_v4()),
        Route::Collection => format!("gm-create-{}", Uuid::new_v4()),
        Route::Batch => format!("gm-batch-{}", Uuid::new_v4()),
        Route::Events => format!("gm-events-{}", Uuid::new_v4()),
        Route::Item(id) => {
            let verb = if method == Method::GET {
                "detail".to_owned()
            } else {
                short(&method.as_str().to_ascii_lowercase())
            };
            format!("gm-{verb}-{}", short(id))
        }
    }
}

fn short(text: &str) -> String {
    if text.len() <= MAX_SEGMENT && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        text.to_owned()
    } else {
        Uuid::new_v4().to_string()
    }
}
