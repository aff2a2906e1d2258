//! The measured cases.

use std::rc::Rc;

use crate::load::{Keys, Request};
use crate::row_rule;
use crate::service::Synchronous;

pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// The number of connections. Each sends its next request after the response to the last one.
    pub(crate) connections: usize,
    pub(crate) synchronous: Synchronous,
    /// The services. The first one is compared with each of the others.
    pub(crate) services: Vec<Measurable>,
}

/// A service, and the requests that it gets.
#[derive(Clone)]
pub(crate) struct Measurable {
    pub(crate) name: &'static str,
    pub(crate) requests: Rc<[Request]>,
}

/// Services that get the same requests.
fn each(services: &[&'static str], requests: Vec<Request>) -> Vec<Measurable> {
    let requests: Rc<[Request]> = requests.into();
    let measurable = |name: &&'static str| Measurable {
        name,
        requests: Rc::clone(&requests),
    };
    services.iter().map(measurable).collect()
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
        reading(
            "GET one row",
            each(READERS, (1..=rows).map(Request::get).collect()),
        ),
        reading(
            "query: 50 of 5,000, with count",
            each(READERS, vec![Request::query(PAGE)]),
        ),
        reading(
            "query: 50 of 5,000, no count",
            each(READERS, vec![Request::query(UNCOUNTED)]),
        ),
    ];
    cases.extend(row_rules(rows));
    for synchronous in [Synchronous::Normal, Synchronous::Full] {
        for writers in [1, 32] {
            let requests = vec![Request::create(
                r#"{"name": "Project Omega", "status": "active"}"#,
            )];
            cases.push(writing(
                "create",
                writers,
                synchronous,
                requests.clone(),
                CREATORS,
            ));
            cases.extend(keyed(writers, synchronous, requests));
        }
        let updates = (0..NAMES).flat_map(|name| {
            (1..=UPDATED)
                .map(move |id| Request::update(id, &format!(r#"{{"name": "Project {id} as {name}"}}"#)))
        });
        cases.push(writing("update", 32, synchronous, updates.collect(), UPDATERS));
    }
    cases
}

/// A rule that depends on the row, beside a manager without rules, for the same caller. A query's page is that of the same
/// condition, which the caller of the manager without rules sends itself.
fn row_rules(rows: i64) -> [Case; 3] {
    const RULED: &str = r#"{"page": 1, "page_size": 50}"#;
    const FILTERED: &str = r#"{"filters": {"owner": "ada"}, "page": 1, "page_size": 50}"#;
    const RULED_UNCOUNTED: &str = r#"{"page": 1, "page_size": 50, "count": false}"#;
    const FILTERED_UNCOUNTED: &str =
        r#"{"filters": {"owner": "ada"}, "page": 1, "page_size": 50, "count": false}"#;
    let ada = |request: Request| request.with_header("authorization", row_rule::CREDENTIALS);
    let both = |ruled: Vec<Request>, filtered: Vec<Request>| {
        let ruled = each(&["row-rule"], ruled.into_iter().map(ada).collect());
        let filtered = each(&["public"], filtered.into_iter().map(ada).collect());
        [ruled, filtered].concat()
    };
    let query = |body: &str| vec![Request::query(body)];
    let owned = || row_rule::owned(rows).map(Request::get).collect();
    [
        reading("row rule: GET one row", both(owned(), owned())),
        reading(
            "row rule: query 50 of 100, with count",
            both(query(RULED), query(FILTERED)),
        ),
        reading(
            "row rule: query 50 of 100, no count",
            both(query(RULED_UNCOUNTED), query(FILTERED_UNCOUNTED)),
        ),
    ]
}

/// Creates with an idempotency key against the same ones without: of the derived service, and of the one by hand, which only inserts a row
/// for the key in the same transaction.
fn keyed(writers: usize, synchronous: Synchronous, requests: Vec<Request>) -> [Case; 2] {
    let with = |keys| {
        let requests = requests.iter().cloned();
        requests.map(|request| request.with_new_keys(keys)).collect()
    };
    let derived = [
        each(&["generated"], requests.clone()),
        each(&["keyed"], with(Keys::ByTime)),
        each(&["keyed-random"], with(Keys::Random)),
    ];
    let by_hand = [
        each(&["by-hand"], requests.clone()),
        each(&["by-hand-keyed"], with(Keys::ByTime)),
    ];
    let case = |name, services| Case {
        services,
        ..writing(name, writers, synchronous, Vec::new(), &[])
    };
    [
        case("create with a key", derived.concat()),
        case("create with a key, by hand", by_hand.concat()),
    ]
}

fn reading(name: &str, services: Vec<Measurable>) -> Case {
    Case {
        name: format!("{name}, 32 connections"),
        kind: Kind::Reading,
        connections: 32,
        synchronous: Synchronous::Normal,
        services,
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
        connections: writers,
        synchronous,
        services: each(services, requests),
    }
}
