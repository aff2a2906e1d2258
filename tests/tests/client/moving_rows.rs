//! Rows that others add, delete and move while the pages are read. No untouched row may be missing.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use futures_util::TryStreamExt as _;
use gm_runtime::error::QueryError;
use gm_runtime::{Error, Gm, Query};
use serde_json::{Value as Json, json};

use crate::managers::RemoteProject;
use crate::server::{Answer, Server, json as answer};

/// The rows of an owner: ids and names.
#[derive(Clone)]
struct Rows {
    rows: Vec<(i64, i64)>,
    /// The default and the greatest page size.
    sizes: (usize, usize),
    /// Whether the owner returns totals.
    counts: bool,
}

impl Rows {
    fn new(rows: i64, page_size: usize) -> Self {
        Self {
            rows: (1..=rows).map(|id| (id, 10 * id)).collect(),
            sizes: (page_size, 1000),
            counts: true,
        }
    }

    fn answer(&self, body: &Json) -> Answer {
        let mut rows = self.rows.clone();
        if body["ordering"] == json!("name") {
            rows.sort_by_key(|(id, name)| (*name, *id));
        } else {
            rows.sort_unstable();
        }
        let number = |key: &str| body[key].as_u64().map(|number| number as usize);
        let (page, size) = (
            number("page").unwrap_or(1),
            number("page_size").unwrap_or(self.sizes.0),
        );
        if size > self.sizes.1 {
            let envelope =
                json!({"error": "Invalid request.", "error_code": "invalid_request", "metadata": {}});
            return answer(400, &envelope.to_string());
        }
        let items: Json = rows
            .iter()
            .skip((page - 1) * size)
            .take(size)
            .map(|(id, name)| json!({"id": id, "name": format!("{name:04}"), "status": "active"}))
            .collect();
        let mut reply = json!({"items": items, "metadata": {"page": page, "page_size": size}});
        if self.counts && body["count"] != json!(false) {
            reply["total_count"] = json!(rows.len());
        }
        answer(200, &reply.to_string())
    }

    fn delete(&mut self, id: i64) {
        self.rows.retain(|(known, _)| *known != id);
    }

    fn add(&mut self, id: i64, name: i64) {
        self.rows.push((id, name));
    }

    fn rename(&mut self, id: i64, name: i64) {
        self.delete(id);
        self.add(id, name);
    }
}

/// A change of the rows before the response to the request with this number, from 0.
type Change = fn(&mut Rows, usize);

const CHANGES: &[(&str, Change)] = &[
    ("nothing", |_, _| {}),
    ("one is deleted", |rows, request| {
        if request == 1 {
            rows.delete(3);
        }
    }),
    ("one is moved to the end", |rows, request| {
        if request == 1 {
            rows.rename(3, 9000);
        }
    }),
    ("one is deleted and another added at the end", |rows, request| {
        if request == 1 {
            rows.delete(3);
            rows.add(1000, 9000);
        }
    }),
    (
        "one is deleted, and in the next moment one is added in front",
        |rows, request| match request {
            1 => rows.delete(3),
            2 => rows.add(-1, -10),
            _ => {}
        },
    ),
    ("the last one that is known is deleted", |rows, request| {
        if request == 1 {
            let known = rows.sizes.0 as i64;
            rows.delete(known);
            rows.delete(known - 1);
        }
    }),
    (
        "the last one that is known is moved behind others, and others deleted",
        |rows, request| {
            if request == 1 {
                let known = rows.sizes.0 as i64;
                rows.rename(known, 10 * known + 25);
                rows.delete(1);
                rows.delete(2);
            }
        },
    ),
    ("a page is deleted", |rows, request| {
        if request == 1 {
            for id in 1..=rows.sizes.0 as i64 {
                rows.delete(id);
            }
        }
    }),
    ("one is deleted before each request", |rows, request| {
        if request > 0 {
            rows.delete(request as i64);
        }
    }),
    ("one is moved to the end before each request", |rows, request| {
        if request > 0 {
            rows.rename(request as i64, 9000 + request as i64);
        }
    }),
    ("one is added in front", |rows, request| {
        if request == 1 {
            rows.add(-1, -10);
        }
    }),
    (
        "many are added in front before the second and deleted before the third",
        |rows, request| {
            for id in -20..0 {
                match request {
                    1 => rows.add(id, 10 * id),
                    2 => rows.delete(id),
                    _ => {}
                }
            }
        },
    ),
];

struct Owner {
    server: Server,
    rows: Arc<Mutex<Rows>>,
}

impl Owner {
    fn start(rows: Rows, change: Change) -> Self {
        let rows = Arc::new(Mutex::new(rows));
        let served = Arc::clone(&rows);
        let server = Server::start(move |request, earlier| {
            let mut rows = served.lock().unwrap();
            change(&mut rows, earlier);
            rows.answer(&request.json())
        });
        Self { server, rows }
    }

    async fn consumer(&self) -> Gm {
        self.server.gm().await
    }

    fn rows(&self) -> BTreeSet<(i64, i64)> {
        self.rows.lock().unwrap().rows.iter().copied().collect()
    }
}

#[derive(Clone, Copy, Debug)]
enum Verb {
    All,
    Stream,
}

async fn read(query: &Query<RemoteProject>, verb: Verb, gm: &Gm) -> Result<Vec<i64>, Error> {
    let rows = match verb {
        Verb::All => query.all(gm).await?.into_vec(),
        Verb::Stream => query.stream(gm).try_collect().await?,
    };
    Ok(rows.iter().map(|row| row.id).collect())
}

fn queries() -> [Query<RemoteProject>; 2] {
    let by_name = RemoteProject::query().order_by(|p| p.name.asc());
    [RemoteProject::query(), by_name]
}

#[tokio::test]
async fn no_untouched_row_is_missing() {
    for (name, change) in CHANGES {
        for (page_size, counts) in [
            (10, true),
            (10, false),
            (2, true),
            (1, true),
            (3, false),
            (7, true),
        ] {
            for query in queries() {
                for verb in [Verb::All, Verb::Stream] {
                    let mut rows = Rows::new(23, page_size);
                    rows.counts = counts;
                    let owner = Owner::start(rows, *change);
                    let before = owner.rows();
                    let read = read(&query, verb, &owner.consumer().await).await;
                    let context = format!("{name}, pages of {page_size}, {verb:?}, {query:?}");
                    let read = match read {
                        Ok(read) => read,
                        // An incomplete result must be an error.
                        Err(Error::Query(QueryError::UnstablePages { .. })) if page_size < 10 => continue,
                        Err(error) => panic!("{context}: {error}"),
                    };
                    let given: BTreeSet<i64> = read.iter().copied().collect();
                    assert_eq!(given.len(), read.len(), "{context}: a row was given twice");
                    for (id, _) in before.intersection(&owner.rows()) {
                        assert!(given.contains(id), "{context}: {id} is missing of {read:?}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn untouched_rows_are_read_in_order() {
    for (rows, page_size) in [
        (0, 10),
        (9, 10),
        (10, 10),
        (11, 10),
        (200, 10),
        (130, 5),
        (7, 1),
        (9, 2),
        (250, 100),
    ] {
        for counts in [true, false] {
            for verb in [Verb::All, Verb::Stream] {
                let mut served = Rows::new(rows, page_size);
                served.counts = counts;
                let owner = Owner::start(served, |_, _| {});
                let read = read(&RemoteProject::query(), verb, &owner.consumer().await).await;
                let expected: Vec<i64> = (1..=rows).collect();
                assert_eq!(
                    read.unwrap(),
                    expected,
                    "{rows} rows, pages of {page_size}, {verb:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn tiny_pages_without_changes_are_read() {
    for page_size in [1, 2] {
        for verb in [Verb::All, Verb::Stream] {
            let mut rows = Rows::new(7, page_size);
            rows.sizes.1 = page_size;
            let owner = Owner::start(rows, |_, _| {});
            let read = read(&RemoteProject::query(), verb, &owner.consumer().await).await;
            assert_eq!(
                read.unwrap(),
                [1, 2, 3, 4, 5, 6, 7],
                "pages of {page_size}, {verb:?}"
            );
        }
    }
}

/// No page of at most two rows overlaps the first two, and the owner returns no longer ones.
#[tokio::test]
async fn an_owner_with_tiny_pages_is_read_by_totals() {
    let changes = [CHANGES[0], CHANGES[1], CHANGES[7], CHANGES[8]];
    // Without totals there is nothing to read them by.
    for ((name, change), counts) in changes
        .into_iter()
        .flat_map(|change| [(change, true), (change, false)])
    {
        for (page_size, verb) in [1, 2, 5]
            .into_iter()
            .flat_map(|size| [(size, Verb::All), (size, Verb::Stream)])
        {
            let mut rows = Rows::new(63, page_size);
            rows.counts = counts;
            rows.sizes.1 = page_size;
            let owner = Owner::start(rows, change);
            let before = owner.rows();
            let gm = owner.consumer().await;
            let given: BTreeSet<i64> = match read(&RemoteProject::query(), verb, &gm).await {
                Ok(read) => read.into_iter().collect(),
                Err(Error::Query(QueryError::UnstablePages { .. })) => continue,
                Err(error) => panic!("{name}, pages of {page_size}: {error}"),
            };
            for (id, _) in before.intersection(&owner.rows()) {
                assert!(
                    given.contains(id),
                    "{name}, pages of {page_size}, totals {counts}: {id} of {given:?}"
                );
            }
        }
    }
}

/// The owner always claims to return the requested page.
#[tokio::test]
async fn an_owner_that_ignores_the_page_is_an_error() {
    for verb in [Verb::All, Verb::Stream] {
        let server = Server::start(|request, _| {
            let mut body = request.json();
            let page = body["page"].take();
            let size = body["page_size"].as_u64().unwrap_or(10);
            let items: Json = (1..=size)
                .map(|id| json!({"id": id, "name": "a", "status": "b"}))
                .collect();
            let metadata = json!({"page": page.as_u64().unwrap_or(1), "page_size": size});
            let reply = json!({"items": items, "total_count": 1000, "metadata": metadata});
            answer(200, &reply.to_string())
        });
        let gm = server.gm().await;
        let error = read(&RemoteProject::query(), verb, &gm).await.unwrap_err();
        let unsteady = matches!(error, Error::Query(QueryError::UnstablePages { .. }));
        assert!(unsteady && error.is_retryable(), "{verb:?}: {error:?}");
        assert!(server.requests().len() < 10);
    }
}

#[tokio::test]
async fn the_bytes_and_the_time_of_all_pages_are_limited() {
    let owner = Owner::start(Rows::new(500, 10), |_, _| {});
    for verb in [Verb::All, Verb::Stream] {
        let gm = owner
            .server
            .builder()
            .max_pages_bytes(4000)
            .build()
            .await
            .unwrap();
        let error = read(&RemoteProject::query(), verb, &gm).await.unwrap_err();
        assert!(error.to_string().contains("max_pages_bytes"), "{verb:?}: {error}");
    }
    let silent = Server::start(|request, _| match request.json()["page"].as_u64() {
        None | Some(1) if request.json()["page_size"].is_null() => Rows::new(500, 10).answer(&request.json()),
        _ => Answer::Stall(Vec::new()),
    });
    for verb in [Verb::All, Verb::Stream] {
        let limit = std::time::Duration::from_millis(100);
        let gm = silent.builder().pages_time_limit(limit).build().await.unwrap();
        let error = read(&RemoteProject::query(), verb, &gm).await.unwrap_err();
        assert!(
            matches!(error, Error::Query(QueryError::PagesTimeout { .. })),
            "{verb:?}: {error:?}"
        );
        assert!(error.to_string().contains("pages_time_limit"), "{error}");
    }
    for builder in [
        Gm::builder().max_pages_bytes(0),
        Gm::builder().pages_time_limit(std::time::Duration::ZERO),
    ] {
        let error = builder.build().await.unwrap_err().to_string();
        assert!(error.contains("is zero"), "{error}");
    }
}
