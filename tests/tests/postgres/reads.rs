//! Reads, and what happens to them when the server is slow, silent, locked, restarted or gone.

use std::future::Future;
use std::time::Duration;

use futures_util::FutureExt as _;
use gm_runtime::error::QueryError;
use gm_runtime::{Error, GeneralManager, Gm, GmBuilder};
use gm_tests::postgres::{Database, Mode, Proxy, Server, Shutdown};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "notes")]
pub(crate) struct Note {
    #[field(id)]
    pub id: i64,
    pub text: String,
    #[field(index)]
    pub rank: i64,
}

/// The rows of a view that takes ten seconds.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "slow_notes")]
pub(crate) struct SlowNote {
    #[field(id)]
    pub id: i64,
    pub text: String,
}

/// Creates the notes 1 to 100.
async fn create_notes(database: &Database) {
    let create = Gm::builder()
        .manager::<Note>()
        .schema(gm_runtime::interface::SqlDialect::Postgres)
        .unwrap();
    let insert = "INSERT INTO notes (text, rank) SELECT 'Note ' || n, 100 - n FROM generate_series(1, 100) n";
    database
        .execute(&format!("{create}; {insert}; ANALYZE notes"))
        .await;
}

/// A database with the notes 1 to 100.
async fn with_notes() -> Database {
    let database = Database::create().await;
    create_notes(&database).await;
    database
}

/// The same with the slow view.
pub(crate) async fn with_slow_notes() -> Database {
    let database = with_notes().await;
    database
        .execute(
            "CREATE VIEW slow_notes AS SELECT id, text FROM notes WHERE (SELECT pg_sleep(10) IS NOT NULL)",
        )
        .await;
    database
}

fn builder(url: &str) -> GmBuilder {
    Gm::builder().database(url).manager::<Note>()
}

async fn open(database: &Database) -> Gm {
    builder(&database.url()).build().await.unwrap()
}

async fn text(gm: &Gm, id: i64) -> Result<String, Error> {
    Note::get(gm, id).await.map(|note| note.text)
}

async fn first_texts(gm: &Gm) -> Result<Vec<String>, Error> {
    let page = Note::query()
        .order_by(|n| n.rank.desc())
        .page(1)
        .page_size(3)
        .all(gm)
        .await?;
    Ok(page.iter().map(|note| note.text.clone()).collect())
}

/// One read of each kind.
async fn assert_reads(gm: &Gm) {
    assert_eq!(text(gm, 7).await.unwrap(), "Note 7");
    assert_eq!(first_texts(gm).await.unwrap(), ["Note 1", "Note 2", "Note 3"]);
}

/// Reads until one of each kind succeeds. The others are unavailable.
async fn until_reads(gm: &Gm) {
    loop {
        match (text(gm, 7).await, first_texts(gm).await) {
            (Ok(_), Ok(_)) => return,
            (one, list) => {
                for error in [one.err(), list.err()].into_iter().flatten() {
                    assert!(matches!(error, Error::Unavailable(_)), "{error}");
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

const OURS: &str = "application_name LIKE 'gm %'";

#[tokio::test]
async fn rows_and_lists_are_read() {
    let database = with_notes().await;
    let gm = open(&database).await;
    // A statement is sent unprepared at first, and prepared later.
    for _ in 0..5 {
        assert_reads(&gm).await;
        assert!(Note::get(&gm, 1_000).await.unwrap_err().is_not_found());
        assert_eq!(Note::filter(|n| n.rank.lt(10)).count(&gm).await.unwrap(), 10);
        assert_eq!(
            Note::filter(|n| n.text.icontains("NOTE 10"))
                .count(&gm)
                .await
                .unwrap(),
            2
        );
        assert!(Note::filter(|n| n.text.eq("Note 5")).exists(&gm).await.unwrap());
    }
    gm.close().await;
    let closed = text(&gm, 7).await.unwrap_err();
    assert!(matches!(closed, Error::Unavailable(_)), "{closed}");
    let closed = first_texts(&gm).await.unwrap_err();
    assert!(matches!(closed, Error::Unavailable(_)), "{closed}");
    database
        .until(
            &format!("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND {OURS}"),
            "0",
        )
        .await;
}

#[tokio::test]
async fn many_reads_at_once_share_a_few_connections() {
    let database = with_notes().await;
    let gm = open(&database).await;
    for _ in 0..3 {
        let reads = (1..=100).map(|id| {
            let gm = &gm;
            async move {
                let (one, list) = (text(gm, id).await.unwrap(), first_texts(gm).await.unwrap());
                assert_eq!(one, format!("Note {id}"));
                assert_eq!(list.len(), 3);
            }
        });
        futures_util::future::join_all(reads).await;
    }
    let cores = std::thread::available_parallelism().unwrap().get();
    let most = 2 * cores.min(8) + cores.clamp(2, 4) + 2;
    let connections = database.backends(OURS).await.len();
    assert!(connections <= most, "{connections} connections, {most} at most");
}

/// Callers on threads without a runtime, and on a runtime that ends, share the handle with others.
#[test]
fn reads_need_no_runtime_of_their_caller() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let (database, gm) = runtime().block_on(async {
        let database = with_notes().await;
        let gm = open(&database).await;
        assert_reads(&gm).await;
        (database, gm)
    });
    for _ in 0..3 {
        block_on(assert_reads(&gm));
        runtime().block_on(assert_reads(&gm));
    }
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| block_on(assert_reads(&gm)));
        }
    });
    runtime().block_on(gm.close());
    drop(database);
}

/// Polls a future on this thread, without any runtime.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = std::sync::Arc::new(Unpark(std::thread::current())).into();
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut std::task::Context::from_waker(&waker)) {
            std::task::Poll::Ready(result) => return result,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}

#[tokio::test]
async fn a_changed_table_is_read_with_its_new_type() {
    let database = with_notes().await;
    let gm = open(&database).await;
    for _ in 0..4 {
        assert_reads(&gm).await;
    }
    database
        .execute(
            "ALTER TABLE notes ALTER COLUMN rank TYPE integer, ALTER COLUMN text TYPE text COLLATE \"C\"",
        )
        .await;
    for _ in 0..4 {
        assert_reads(&gm).await;
    }
}

#[tokio::test]
async fn a_slow_query_ends_at_its_time_limit() {
    let database = with_slow_notes().await;
    let gm = builder(&database.url())
        .manager::<SlowNote>()
        .read_time_limit(Duration::from_millis(300))
        .build()
        .await
        .unwrap();
    for _ in 0..3 {
        for error in [
            SlowNote::query().all(&gm).await.unwrap_err(),
            SlowNote::get(&gm, 1).await.unwrap_err(),
            SlowNote::query().count(&gm).await.unwrap_err(),
        ] {
            assert!(
                matches!(error, Error::Query(QueryError::ReadTimeout { .. })),
                "{error}"
            );
        }
        assert_reads(&gm).await;
    }
    let active = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND datname = current_database() AND {OURS}"
    );
    database.until(&active, "0").await;
}

/// Slow queries have connections of their own.
#[tokio::test]
async fn slow_queries_delay_no_others() {
    let database = with_slow_notes().await;
    let gm = builder(&database.url())
        .manager::<SlowNote>()
        .build()
        .await
        .unwrap();
    // The connections of this thread are open, and the first slow query takes that of lists.
    assert_reads(&gm).await;
    let mut slow = Box::pin(SlowNote::query().all(&gm));
    assert!(slow.as_mut().now_or_never().is_none());
    for _ in 0..20 {
        assert_reads(&gm).await;
    }
    assert!(slow.as_mut().now_or_never().is_none());
    drop(slow);
    // The server cancels it, although its time limit is far.
    let active = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%slow_notes%' AND datname = current_database() AND {OURS}"
    );
    database.until(&active, "0").await;
    assert_reads(&gm).await;
}

#[tokio::test]
async fn a_read_whose_caller_left_is_cancelled() {
    let database = with_slow_notes().await;
    let gm = builder(&database.url())
        .manager::<SlowNote>()
        .build()
        .await
        .unwrap();
    assert_reads(&gm).await;
    let query = "state = 'active' AND query LIKE '%slow_notes%' AND datname = current_database()";
    let active = format!("SELECT count(*) FROM pg_stat_activity WHERE {query} AND {OURS}");
    for _ in 0..3 {
        let reads: Vec<_> = (0..4)
            .map(|_| {
                let gm = gm.clone();
                tokio::spawn(async move { SlowNote::query().all(&gm).await })
            })
            .collect();
        database
            .until(
                &format!("SELECT count(*) > 1 FROM pg_stat_activity WHERE {query} AND {OURS}"),
                "t",
            )
            .await;
        for read in reads {
            read.abort();
        }
        database.until(&active, "0").await;
        assert_reads(&gm).await;
    }
}

#[tokio::test]
async fn a_lock_is_waited_for_until_the_busy_timeout() {
    let database = with_notes().await;
    let gm = builder(&database.url())
        .database_busy_timeout(Duration::from_millis(300))
        .build()
        .await
        .unwrap();
    assert_reads(&gm).await;
    let other = database.connect().await;
    other
        .batch_execute("BEGIN; LOCK TABLE notes IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    for error in [
        text(&gm, 7).await.unwrap_err(),
        first_texts(&gm).await.unwrap_err(),
    ] {
        assert!(matches!(error, Error::Unavailable(_)), "{error}");
        assert!(error.to_string().contains("55P03"), "{error}");
    }
    other.batch_execute("COMMIT").await.unwrap();
    assert_reads(&gm).await;
}

#[tokio::test]
async fn connections_that_were_cut_are_opened_again() {
    let database = with_notes().await;
    let proxy = Proxy::to(database.address());
    let gm = builder(&database.url_at(&proxy.address())).build().await.unwrap();
    for _ in 0..3 {
        assert_reads(&gm).await;
        proxy.cut().await;
        // A read is repeated once.
        assert_reads(&gm).await;
    }
    for backend in database.backends(OURS).await {
        backend.terminate();
    }
    until_reads(&gm).await;
    assert_reads(&gm).await;
}

#[tokio::test]
async fn a_restarted_server_is_found_again() {
    let mut server = Server::start();
    let database = server.database().await;
    create_notes(&database).await;
    let gm = open(&database).await;
    for shutdown in [Shutdown::Fast, Shutdown::Immediate, Shutdown::Kill] {
        assert_reads(&gm).await;
        server.stop(shutdown);
        for error in [
            text(&gm, 7).await.unwrap_err(),
            first_texts(&gm).await.unwrap_err(),
        ] {
            assert!(matches!(error, Error::Unavailable(_)), "{error}");
        }
        server.start_again();
        until_reads(&gm).await;
        assert_reads(&gm).await;
    }
}

/// The server's processes of the connections are stopped: they stay open, and nothing is answered.
#[tokio::test]
async fn silent_connections_are_given_up() {
    // While a process is stopped, the server creates and drops no database.
    let server = Server::start();
    let database = server.database().await;
    create_notes(&database).await;
    let gm = builder(&database.url())
        .read_time_limit(Duration::from_secs(3))
        .build()
        .await
        .unwrap();
    assert_reads(&gm).await;
    assert_reads(&gm).await;
    let stopped: Vec<_> = database
        .backends(OURS)
        .await
        .into_iter()
        .map(gm_tests::postgres::Backend::stop)
        .collect();
    assert!(!stopped.is_empty());
    // Each connection is thrown away at the time limit at the latest.
    until_reads(&gm).await;
    for _ in 0..5 {
        assert_reads(&gm).await;
    }
}

#[tokio::test]
async fn a_silent_network_is_given_up() {
    let database = with_notes().await;
    let proxy = Proxy::to(database.address());
    let gm = builder(&format!(
        "{}?connect_timeout=1",
        database.url_at(&proxy.address())
    ))
    .read_time_limit(Duration::from_secs(2))
    .build()
    .await
    .unwrap();
    assert_reads(&gm).await;
    proxy.set(Mode::Stall);
    for error in [
        text(&gm, 7).await.unwrap_err(),
        first_texts(&gm).await.unwrap_err(),
    ] {
        assert!(matches!(error, Error::Unavailable(_)), "{error}");
    }
    proxy.set(Mode::Forward);
    until_reads(&gm).await;
    assert_reads(&gm).await;
}

/// A row that is longer than the buffers between the connection and its caller.
#[tokio::test]
async fn a_caller_that_stops_polling_delays_no_other_one() {
    let database = with_notes().await;
    database
        .execute("UPDATE notes SET text = repeat('x', 5000000) WHERE id = 1")
        .await;
    let gm = open(&database).await;
    assert_eq!(text(&gm, 7).await.unwrap(), "Note 7");
    let mut stalled: Vec<_> = (0..3).map(|_| Box::pin(text(&gm, 1))).collect();
    for read in &mut stalled {
        assert!(read.as_mut().now_or_never().is_none());
    }
    for _ in 0..5 {
        assert_eq!(text(&gm, 7).await.unwrap(), "Note 7");
    }
    for read in stalled {
        assert_eq!(read.await.unwrap().len(), 5_000_000);
    }
}

#[tokio::test]
async fn a_role_without_free_connections_is_unavailable() {
    let database = with_notes().await;
    let role = format!("{}_role", database.name());
    database
        .execute(&format!(
            "CREATE ROLE {role} LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}"
        ))
        .await;
    let url = format!("postgres://{role}@{}/{}", database.address(), database.name());
    let gm = builder(&url).build().await.unwrap();
    database
        .execute(&format!("ALTER ROLE {role} CONNECTION LIMIT 0"))
        .await;
    for backend in database.backends(&format!("usename = '{role}'")).await {
        backend.terminate();
    }
    let error = loop {
        if let Err(error) = text(&gm, 7).await {
            break error;
        }
    };
    assert!(matches!(error, Error::Unavailable(_)), "{error}");
    database
        .execute(&format!("ALTER ROLE {role} CONNECTION LIMIT -1"))
        .await;
    until_reads(&gm).await;
    drop(gm);
    database
        .execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}"))
        .await;
}

/// With a pooler before the server, no state of a session is used.
#[tokio::test]
async fn a_pooler_is_read_through_without_prepared_statements() {
    let database = with_slow_notes().await;
    let gm = builder(&database.url())
        .manager::<SlowNote>()
        .database_listen_url(database.url())
        .read_time_limit(Duration::from_millis(500))
        .build()
        .await
        .unwrap();
    for _ in 0..4 {
        assert_reads(&gm).await;
    }
    let error = SlowNote::query().all(&gm).await.unwrap_err();
    assert!(
        matches!(error, Error::Query(QueryError::ReadTimeout { .. })),
        "{error}"
    );
    assert_reads(&gm).await;
    // The last statement of each connection was no setting of its session.
    let settings = database.rows(&format!("SELECT query FROM pg_stat_activity WHERE query LIKE 'SET %' AND datname = current_database() AND {OURS}")).await;
    assert!(settings.len() <= 1, "{settings:?}");
}

/// How the server folds case is found once, beside the reads that need it and whatever their time limit.
#[tokio::test]
async fn a_lookup_that_ignores_case_succeeds_within_a_short_time_limit() {
    let database = with_notes().await;
    let gm = builder(&database.url())
        .read_time_limit(Duration::from_millis(100))
        .build()
        .await
        .unwrap();
    let found = loop {
        match Note::filter(|n| n.text.icontains("NOTE 10")).count(&gm).await {
            Err(Error::Unavailable(_)) => tokio::time::sleep(Duration::from_millis(20)).await,
            found => break found,
        }
    };
    assert_eq!(found.unwrap(), 2);
}

#[tokio::test]
async fn a_dropped_handle_ends_its_connections() {
    let database = with_notes().await;
    let gm = open(&database).await;
    for _ in 0..3 {
        assert_reads(&gm).await;
    }
    assert!(!database.backends(OURS).await.is_empty());
    drop(gm);
    let open = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND {OURS}");
    database.until(&open, "0").await;
}
