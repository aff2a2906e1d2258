//! Measures writes of many rows: `create_many` of 1,000 rows against 1,000 single creates, and against the same statements by hand.
//! `cargo bench --bench bulk`, with Postgres if `scripts/postgres` finds its programs. `-- sqlite` and `-- postgres` measure one of
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

use futures_util::future::try_join_all;
use gm_runtime::{GeneralManager, Gm};
use rounds::{Contestant, Unit, compare};
use rusqlite::Connection;
use tokio::runtime::Runtime;
use tokio_postgres::NoTls;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "parcels")]
struct Parcel {
    #[field(id)]
    id: i64,
    rank: i64,
    #[field(max_length = 50)]
    name: String,
}

/// The rows of a turn.
const ROWS: i64 = 1_000;
const ROUNDS: usize = 11;

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
        in_sqlite(&runtime);
    }
    if is_wanted("postgres") {
        in_postgres(&runtime);
    }
}

fn rows() -> impl Iterator<Item = ParcelCreate> {
    (0..ROWS).map(|rank| ParcelCreate {
        rank,
        name: name_of(rank),
    })
}

fn name_of(rank: i64) -> String {
    format!("parcel {rank}")
}

fn open(runtime: &Runtime, url: &str) -> Gm {
    let builder = Gm::builder().database(url).manager::<Parcel>();
    runtime.block_on(builder.build()).expect("a handle")
}

/// The three ways of the framework. Creates that wait at the same time share a commit.
fn of_the_framework<'a>(runtime: &'a Runtime, gm: &'a Gm) -> Vec<Contestant<'a>> {
    let many = move || {
        let ids = runtime.block_on(Parcel::create_many(rows()).exec(gm));
        ids.expect("rows are created").len() as u64
    };
    let at_once = move || {
        let created = runtime.block_on(try_join_all(rows().map(|row| Parcel::create(row).exec(gm))));
        created.expect("rows are created").len() as u64
    };
    let in_turn = move || {
        runtime.block_on(async {
            for row in rows() {
                Parcel::create(row).exec(gm).await.expect("a row is created");
            }
        });
        ROWS.unsigned_abs()
    };
    vec![
        Contestant::new("create_many", many),
        Contestant::new("single creates at once", at_once),
        Contestant::new("single creates in turn", in_turn),
    ]
}

fn report(database: &str, contestants: Vec<Contestant<'_>>) {
    let case = format!("{database}: 1,000 new rows, a row");
    compare(&case, Unit::MICROSECONDS, ROUNDS, contestants);
}

fn in_sqlite(runtime: &Runtime) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    let gm = open(runtime, &format!("sqlite://{}", file("parcels.db").display()));
    // The twin has a file of its own, with the same table and settings.
    let twin = file("twin.db");
    runtime.block_on(open(runtime, &format!("sqlite://{}", twin.display())).close());
    let mut connection = Connection::open(&twin).expect("the file");
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        .expect("settings");
    let by_hand = move || {
        let transaction = connection.transaction().expect("a transaction");
        let mut ids = Vec::new();
        {
            let mut insert = transaction
                .prepare_cached("INSERT INTO parcels (rank, name) VALUES (?, ?) RETURNING id")
                .expect("a statement");
            for rank in 0..ROWS {
                let id: i64 = insert
                    .query_row((rank, name_of(rank)), |row| row.get(0))
                    .expect("a row is created");
                ids.push(id);
            }
        }
        transaction.commit().expect("a commit");
        ids.len() as u64
    };
    let mut contestants = of_the_framework(runtime, &gm);
    contestants.insert(1, Contestant::new("by hand", by_hand));
    report("SQLite", contestants);
    runtime.block_on(gm.close());
}

fn in_postgres(runtime: &Runtime) {
    let server = server::Server::start();
    let gm = open(runtime, &server.create("parcels", None));
    // The twin's table has no triggers, and it publishes nothing.
    let url = server.create("parcels_by_hand", None);
    server.execute_in(
        &url,
        "CREATE TABLE parcels (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, rank bigint NOT NULL, name varchar(50) NOT NULL)",
    );
    let (client, connection) = runtime
        .block_on(tokio_postgres::connect(&url, NoTls))
        .expect("a connection");
    let connection = runtime.spawn(connection);
    let insert =
        "INSERT INTO parcels (rank, name) SELECT * FROM unnest($1::bigint[], $2::text[]) RETURNING id";
    let insert = runtime.block_on(client.prepare(insert)).expect("a statement");
    let by_hand = || {
        let ranks: Vec<i64> = (0..ROWS).collect();
        let names: Vec<String> = (0..ROWS).map(name_of).collect();
        let ids = runtime.block_on(client.query(&insert, &[&ranks, &names]));
        ids.expect("rows are created").len() as u64
    };
    let mut contestants = of_the_framework(runtime, &gm);
    contestants.insert(1, Contestant::new("by hand", by_hand));
    report("Postgres", contestants);
    drop(client);
    let _ = runtime.block_on(connection);
    runtime.block_on(gm.close());
}
