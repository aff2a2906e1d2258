//! Measures lists of many rows: streams by the number of rows, and pages far from the beginning, by cursors and by page numbers.
//! `cargo bench --bench pages`, with Postgres if `scripts/postgres` finds its programs. `-- sqlite` and `-- postgres` measure one of
//! them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that meets what it did not expect should stop"
)]

#[path = "../support/process.rs"]
#[allow(
    dead_code,
    reason = "a module of several benchmarks, of which each uses a part"
)]
mod process;
#[path = "../support/rounds.rs"]
mod rounds;
#[path = "../postgres/server.rs"]
#[allow(
    dead_code,
    reason = "a module of several benchmarks, of which each uses a part"
)]
mod server;

use futures_util::TryStreamExt as _;
use gm_runtime::query::Cursor;
use gm_runtime::{GeneralManager, Gm, Query};
use rounds::{Contestant, Unit, compare};
use tokio::runtime::Runtime;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "parcels")]
struct Parcel {
    #[field(id)]
    id: i64,
    #[field(index)]
    rank: i64,
    #[field(max_length = 50)]
    name: String,
}

/// The numbers of rows.
const SIZES: [(u64, &str); 3] = [
    (10_000, "10,000 rows"),
    (100_000, "100,000 rows"),
    (1_000_000, "1,000,000 rows"),
];
/// The rows that are streamed in each turn.
const STREAMED: u64 = 1_000_000;
const STREAM_ROUNDS: usize = 3;
const STREAM_PAGE: u64 = 1_000;

const PAGE: u64 = 50;
/// The page that is far from the beginning.
const FAR: u64 = 1_000;
const PAGES: u64 = 100;
const PAGE_ROUNDS: usize = 11;

/// The tables, by their numbers of rows.
struct Tables {
    handles: Vec<Gm>,
    _folder: Option<tempfile::TempDir>,
}

fn main() {
    let wanted = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let is_wanted = |name: &str| {
        wanted
            .as_ref()
            .is_none_or(|wanted| name.contains(wanted.as_str()))
    };
    let runtime = Runtime::new().expect("a runtime");
    if is_wanted("sqlite") {
        let tables = in_sqlite(&runtime);
        measure("SQLite", &runtime, &tables);
    }
    if is_wanted("postgres") {
        let server = server::Server::start();
        let tables = in_postgres(&runtime, &server);
        measure("Postgres", &runtime, &tables);
        for gm in tables.handles {
            runtime.block_on(gm.close());
        }
    }
}

fn in_sqlite(runtime: &Runtime) -> Tables {
    let folder = tempfile::tempdir().expect("a folder");
    let handles = SIZES.map(|(rows, _)| {
        let path = folder.path().join(format!("{rows}.db"));
        let builder = Gm::builder().database(format!("sqlite://{}", path.display()));
        let gm = runtime
            .block_on(builder.manager::<Parcel>().build())
            .expect("a handle");
        let connection = rusqlite::Connection::open(&path).expect("the file");
        connection
            .execute_batch(&format!(
                "INSERT INTO parcels (rank, name) WITH RECURSIVE number (i) AS \
                (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < {rows}) \
                SELECT (i * 2654435761) % 1000003, 'parcel ' || i FROM number; ANALYZE"
            ))
            .expect("rows");
        gm
    });
    Tables {
        handles: handles.into(),
        _folder: Some(folder),
    }
}

fn in_postgres(runtime: &Runtime, server: &server::Server) -> Tables {
    let handles = SIZES.map(|(rows, _)| {
        let url = server.create(&format!("parcels_{rows}"), None);
        let builder = Gm::builder().database(&url).manager::<Parcel>();
        let gm = runtime.block_on(builder.build()).expect("a handle");
        server.execute_in(
            &url,
            &format!(
                "INSERT INTO parcels (rank, name) SELECT (i * 2654435761) % 1000003, 'parcel ' || i \
                FROM generate_series(1, {rows}::bigint) i"
            ),
        );
        server.execute_in(&url, "VACUUM ANALYZE parcels");
        gm
    });
    Tables {
        handles: handles.into(),
        _folder: None,
    }
}

fn by_rank() -> Query<Parcel> {
    Parcel::query().order_by(|parcel| parcel.rank.asc())
}

fn measure(database: &str, runtime: &Runtime, tables: &Tables) {
    let streams = |name: &str, query: fn() -> Query<Parcel>| {
        let contestants = tables.handles.iter().zip(SIZES).map(|(gm, (rows, name))| {
            Contestant::new(name, move || {
                runtime.block_on(async {
                    for _ in 0..STREAMED / rows {
                        assert_eq!(stream(query(), gm).await, rows);
                    }
                });
                STREAMED
            })
        });
        let case = format!("{database}: a stream {name}, a row");
        compare(&case, Unit::NANOSECONDS, STREAM_ROUNDS, contestants.collect());
    };
    streams("by id", Parcel::query);
    streams("by an indexed field", by_rank);

    // The same rows by page numbers, as a stream without cursors reads them.
    let contestants = tables
        .handles
        .iter()
        .zip(SIZES)
        .take(2)
        .map(|(gm, (rows, name))| {
            Contestant::new(name, move || {
                runtime.block_on(async {
                    for number in 1..=rows / STREAM_PAGE {
                        let page = by_rank().page(number).page_size(STREAM_PAGE).without_count();
                        assert_eq!(page.all(gm).await.expect("a page").len() as u64, STREAM_PAGE);
                    }
                });
                rows
            })
        });
    let case = format!("{database}: all pages by their numbers, a row");
    compare(&case, Unit::NANOSECONDS, STREAM_ROUNDS, contestants.collect());

    let gm = tables.handles.last().expect("a table");
    let far = runtime.block_on(cursor_before(gm, FAR));
    let page = |name, query: Query<Parcel>| {
        Contestant::new(name, move || {
            runtime.block_on(async {
                for _ in 0..PAGES {
                    let rows = query.all(gm).await.expect("a page");
                    assert_eq!(rows.len() as u64, PAGE);
                }
            });
            PAGES
        })
    };
    for (name, query) in [
        ("without a total", by_rank().page_size(PAGE).without_count()),
        ("with a total", by_rank().page_size(PAGE)),
    ] {
        compare(
            &format!("{database}: a page of {PAGE} of 1,000,000 rows, {name}"),
            Unit::MICROSECONDS,
            PAGE_ROUNDS,
            vec![
                page("page 1", query.clone().page(1)),
                page("page 1,000 by a cursor", query.clone().after(&far)),
                page("page 1,000 by its number", query.clone().page(FAR)),
            ],
        );
    }
}

async fn stream(query: Query<Parcel>, gm: &Gm) -> u64 {
    let mut rows = query.page_size(STREAM_PAGE).stream(gm);
    let mut number = 0;
    while rows.try_next().await.expect("a row").is_some() {
        number += 1;
    }
    number
}

/// The cursor of this page.
async fn cursor_before(gm: &Gm, page: u64) -> Cursor {
    let before = by_rank().page(page - 1).page_size(PAGE).without_count();
    let before = before.all(gm).await.expect("a page");
    before.next_cursor().expect("rows follow").clone()
}
