//! Mutations of requests.

use super::text;
use crate::random::Random;
use crate::raw::Request;

const METHODS: [&str; 14] = [
    "GET",
    "POST",
    "PATCH",
    "DELETE",
    "PUT",
    "HEAD",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "get",
    "QUERY",
    "G",
    "P\u{f6}ST",
    "\0",
];

const SEGMENTS: [&str; 34] = [
    "0",
    "1",
    "-1",
    "-0",
    "+1",
    "01",
    "1.0",
    "1e3",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "99999999999999999999999",
    "%31",
    "%2531",
    "%00",
    "%ff",
    "%",
    "%4",
    "%2f",
    "%2e%2e",
    "..",
    ".",
    "",
    "1;x=1",
    "1 2",
    "query",
    "QUERY",
    "ws",
    "ws/projects",
    "projects",
    "work-items",
    "hidden-things",
    "\u{e9}",
    "<script>",
];

const QUERIES: [&str; 10] = [
    "?",
    "?x=1",
    "?page=0",
    "?version=v2",
    "?%",
    "?\u{ff}",
    "?a=b&a=c",
    "#fragment",
    "?a?b",
    "?[]",
];

const HEADERS: [(&str, &str); 34] = [
    ("Content-Type", "application/json"),
    ("Content-Type", "application/json; charset=latin1"),
    ("Content-Type", "text/plain"),
    ("Content-Type", "application/merge-patch+json"),
    ("Content-Type", "\u{e9}"),
    ("Content-Type", ""),
    ("Content-Encoding", "gzip"),
    ("Accept", "text/html"),
    ("Accept-Encoding", "gzip, br;q=0"),
    ("X-General-Manager-Protocol-Version", "v1"),
    ("X-General-Manager-Protocol-Version", "v2"),
    ("X-General-Manager-Protocol-Version", ""),
    ("X-General-Manager-Protocol-Version", "\u{ff}"),
    ("X-Request-ID", "a"),
    ("X-Request-ID", " "),
    ("X-Request-ID", "\u{fc}"),
    ("X-Request-ID", "<script>alert(1)</script>\t{}"),
    ("Authorization", "Bearer conformance-user"),
    ("Authorization", "Bearer"),
    ("Authorization", "bearer  conformance-user"),
    ("Authorization", "Basic Og=="),
    ("Authorization", "\u{fe}\u{ff}"),
    ("Cookie", "session=1; session=2"),
    ("Origin", "null"),
    ("Range", "bytes=0-0"),
    ("If-Match", "*"),
    ("Expect", "100-continue"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Key", "x"),
    ("Host", "elsewhere"),
    ("Connection", "close, upgrade"),
    ("X-HTTP-Method-Override", "DELETE"),
    ("X-Forwarded-For", "\u{0}"),
    ("Transfer-Encoding", "gzip, chunked"),
];

/// The request with one to three mutations. Most change the body, and others the method, the path or the headers.
#[must_use]
pub fn request(random: &mut Random, request: &Request) -> Request {
    let mut changed = request.clone();
    for _ in 0..=random.below(3) {
        match random.below(8) {
            0 => changed.method = random.text(&METHODS).to_owned(),
            1 | 2 => path(random, &mut changed.path),
            3 => headers(random, &mut changed),
            _ => {
                let body = changed.body.as_deref().unwrap_or(b"{}");
                changed.body = Some(text(random, body));
            }
        }
    }
    changed
}

fn path(random: &mut Random, path: &mut String) {
    match random.below(5) {
        0 => path.push_str(random.text(&QUERIES)),
        1 => *path = format!("{path}/{}", random.text(&SEGMENTS)),
        2 | 3 => {
            let mut segments: Vec<_> = path.split('/').map(str::to_owned).collect();
            let place = if random.one_in(2) {
                segments.len().saturating_sub(1)
            } else {
                random.below(segments.len())
            };
            if let Some(segment) = segments.get_mut(place) {
                random.text(&SEGMENTS).clone_into(segment);
            }
            *path = segments.join("/");
        }
        _ => {
            let long = if random.one_in(20) { 9000 } else { 100 };
            *path = format!("{path}{}", random.text(&["1", "x", "%", "/", "?"]).repeat(long));
        }
    }
}

fn headers(random: &mut Random, request: &mut Request) {
    let place = random.below(request.headers.len());
    if place < request.headers.len() && random.one_in(3) {
        request.headers.remove(place);
        return;
    }
    if let Some((name, value)) = random.pick(&HEADERS) {
        let times = if random.one_in(20) { 200 } else { 1 };
        request.headers.push(((*name).to_owned(), value.repeat(times)));
    }
}
