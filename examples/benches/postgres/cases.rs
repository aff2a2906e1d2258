//! The measured cases.

use std::rc::Rc;

use crate::load::{Keys, Request};

pub(crate) struct Case {
    pub(crate) name: String,
    /// Whether each service has a database of its own.
    pub(crate) writes: bool,
    /// The number of connections. Each sends its next request after the response to the last one.
    pub(crate) connections: usize,
    /// The services. The first one is compared with each of the others.
    pub(crate) services: &'static [&'static str],
    requests: Rc<[Request]>,
}

/// The derive's service, the same written by hand with the pages on connections of the worker threads, on one connection with the
/// single rows, or on a thread of their own.
const PAGES: &[&str] = &[
    "generated",
    "by-hand",
    "sqlx",
    "by-hand-shared",
    "by-hand-turns",
    "by-hand-thread",
    "by-hand-thread-4",
];
const READERS: &[&str] = &["generated", "by-hand", "sqlx"];
const CREATORS: &[&str] = &["generated", "by-hand", "sqlx", "by-hand-savepoints"];
/// Creates without and with an idempotency key: keys in the order of time, and in no order.
const KEYED: &[&str] = &["generated", "keyed", "keyed-random"];
const UPDATERS: &[&str] = &["generated", "by-hand", "sqlx", "by-hand-one-trip"];

/// The number of updated rows, and the names that each of them gets in turn.
const UPDATED: i64 = 1_000;
const NAMES: i64 = 16;

pub(crate) const COUNTED: &str = r#"{"filters": {"status": "active"}, "page": 1, "page_size": 50}"#;
const UNCOUNTED: &str = r#"{"filters": {"status": "active"}, "page": 1, "page_size": 50, "count": false}"#;

pub(crate) fn all(rows: i64) -> Vec<Case> {
    let create = || vec![create("Project Omega")];
    let updates = (0..NAMES).flat_map(|name| {
        (1..=UPDATED).map(move |id| Request::update(id, &format!(r#"{{"name": "Project {id} as {name}"}}"#)))
    });
    vec![
        case("GET one row", false, 32, READERS, gets(rows)),
        case(
            "query: 50 of 5,000, with count",
            false,
            32,
            PAGES,
            vec![Request::query(COUNTED)],
        ),
        case(
            "query: 50 of 5,000, no count",
            false,
            32,
            PAGES,
            vec![Request::query(UNCOUNTED)],
        ),
        case("create: 1 writer", true, 1, CREATORS, create()),
        case("create: 32 writers", true, 32, CREATORS, create()),
        case("create with a key: 1 writer", true, 1, KEYED, create()),
        case("create with a key: 32 writers", true, 32, KEYED, create()),
        case("update: 32 writers", true, 32, UPDATERS, updates.collect()),
    ]
}

impl Case {
    /// The requests that a service gets.
    pub(crate) fn requests_of(&self, service: &str) -> Rc<[Request]> {
        let with = |keys| {
            let requests = self.requests.iter().cloned();
            requests.map(|request| request.with_new_keys(keys)).collect()
        };
        match service {
            "keyed" => with(Keys::ByTime),
            "keyed-random" => with(Keys::Random),
            _ => Rc::clone(&self.requests),
        }
    }
}

pub(crate) fn gets(rows: i64) -> Vec<Request> {
    (1..=rows).map(Request::get).collect()
}

pub(crate) fn create(name: &str) -> Request {
    Request::create(&format!(r#"{{"name": "{name}", "status": "active"}}"#))
}

fn case(
    name: &str,
    writes: bool,
    connections: usize,
    services: &'static [&'static str],
    requests: Vec<Request>,
) -> Case {
    Case {
        name: if writes {
            name.to_owned()
        } else {
            format!("{name}, {connections} connections")
        },
        writes,
        connections,
        services,
        requests: requests.into(),
    }
}
