//! Under which id a request is answered and logged.

use std::cell::Cell;
use std::hash::{BuildHasher as _, RandomState};

use actix_web::HttpRequest;
use actix_web::http::Method;
use uuid::{Builder, Uuid};

use super::routes::Route;
use crate::protocol::names::REQUEST_ID_HEADER;

/// The longest id that is taken from a caller (R-request-id).
const MAX_GIVEN: usize = 128;
/// The longest part of a generated id that comes from the URL.
const MAX_SEGMENT: usize = 64;

/// The caller's id, where it may stand in logs and headers; else a generated one.
pub(crate) fn request_id(request: &HttpRequest, route: Route<'_>) -> String {
    let given = request
        .headers()
        .get(REQUEST_ID_HEADER)
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
        Route::Query => format!("gm-query-{}", unique()),
        Route::Collection => format!("gm-create-{}", unique()),
        Route::Events => format!("gm-events-{}", unique()),
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
        unique().to_string()
    }
}

thread_local! {
    static IDS: (RandomState, Cell<u64>) = (RandomState::new(), Cell::new(0));
}

/// A random id for logs, which need not be kept from those who guess. The system's own random numbers cost a system call
/// for each.
fn unique() -> Uuid {
    IDS.with(|(random, next)| {
        let number = next.get();
        next.set(number.wrapping_add(1));
        let half = |which: u8| random.hash_one((number, which));
        Builder::from_random_bytes(Uuid::from_u64_pair(half(0), half(1)).into_bytes()).into_uuid()
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::thread;

    use super::unique;

    #[test]
    fn threads_make_ids_of_their_own() {
        let threads: Vec<_> = (0..4)
            .map(|_| thread::spawn(|| (0..1_000).map(|_| unique()).collect::<Vec<_>>()))
            .collect();
        let ids: HashSet<_> = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_default())
            .collect();
        assert_eq!(ids.len(), 4_000);
        assert!(ids.iter().all(|id| id.get_version_num() == 4));
    }
}
