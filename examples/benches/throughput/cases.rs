//! The measured cases.

use crate::load::Request;
use crate::service::Synchronous;

pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) requests: Vec<Request>,
    /// The number of connections. Each sends its next request after the response to the last one.
    pub(crate) connections: usize,
    pub(crate) synchronous: Synchronous,
    /// The services. The first one is compared with each of the others.
    pub(crate) services: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Reading,
    Writing,
}

/// The derive's service, which reads a row in the handler and pages on its own threads, and services written by hand: one with
/// all reads on threads, and one with all reads in the handler, which block the worker.
const READERS: &[&str] = &["generated", "by-hand", "by-hand-blocking", "seaorm"];

/// The services written by hand: one with group commit, and one with a commit for each write.
const CREATORS: &[&str] = &["generated", "by-hand", "by-hand-each", "seaorm"];
const UPDATERS: &[&str] = &["generated", "by-hand", "by-hand-each"];

/// The number of updated rows, and the names that each of them gets in turn.
const UPDATED: i64 = 1_000;
const NAMES: i64 = 16;

pub(crate) fn all(rows: i64) -> Vec<Case> {
    const PAGE: &str = r#"{"filters": {"status": "active"}, "page": 1, "page_size": 50}"#;
    const UNCOUNTED: &str =
        r#"{"filters": {"status": "active"}, "page": 1, "page_size": 50, "count": false}"#;
    let mut cases = vec![
        reading("GET one row", (1..=rows).map(Request::get).collect()),
        reading("query: 50 of 5,000, with count", vec![Request::query(PAGE)]),
        reading("query: 50 of 5,000, no count", vec![Request::query(UNCOUNTED)]),
    ];
    for synchronous in [Synchronous::Normal, Synchronous::Full] {
        for writers in [1, 32] {
            let requests = vec![Request::create(
                r#"{"name": "Project Omega", "status": "active"}"#,
            )];
            cases.push(writing("create", writers, synchronous, requests, CREATORS));
        }
        let updates = (0..NAMES).flat_map(|name| {
            (1..=UPDATED)
                .map(move |id| Request::update(id, &format!(r#"{{"name": "Project {id} as {name}"}}"#)))
        });
        cases.push(writing("update", 32, synchronous, updates.collect(), UPDATERS));
    }
    cases
}

fn reading(name: &str, requests: Vec<Request>) -> Case {
    Case {
        name: format!("{name}, 32 connections"),
        kind: Kind::Reading,
        requests,
        connections: 32,
        synchronous: Synchronous::Normal,
        services: READERS,
    }
}

fn writing(
    name: &str,
    writers: usize,
    synchronous: Synchronous,
    requests: Vec<Request>,
    services: &'static [&'static str],
) -> Case {
    let writers_are = if writers == 1 { "writer" } else { "writers" };
    Case {
        name: format!("{name}: {writers} {writers_are}, {}", synchronous.name()),
        kind: Kind::Writing,
        requests,
        connections: writers,
        synchronous,
        services,
    }
}
