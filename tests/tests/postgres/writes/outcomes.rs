//! Outcomes that are not known, and those that are found out.

use std::time::Duration;

use gm_runtime::{Error, GeneralManager, Gm};
use gm_tests::postgres::{Backend, Database, Mode, Pooler, Proxy, Server};
use tokio_postgres::Client;

use super::{GATES, LONG, Tag, begin, builder, create, tags};

/// A server whose commits with `synchronous_commit=on` wait for a replica that is away.
fn server() -> Server {
    Server::builder()
        .setting("wal_level", "replica")
        .setting("max_wal_senders", "10")
        .setting("synchronous_standby_names", "nobody")
        .setting("synchronous_commit", "local")
        .start()
}

/// A commit of another program that holds the lock of all commits with notifications. They wait after their statements are
/// answered.
struct SlowCommit {
    process: String,
    commit: tokio::task::JoinHandle<Client>,
}

impl SlowCommit {
    async fn begin(database: &Database) -> Self {
        let client = database.connect().await;
        let process = client.query_one("SELECT pg_backend_pid()::text", &[]).await;
        let process: String = process.unwrap().get(0);
        let commit = tokio::spawn(async move {
            let commit = "SET synchronous_commit = on; BEGIN; CREATE TEMP TABLE t (); NOTIFY other; COMMIT";
            client.batch_execute(commit).await.unwrap();
            client
        });
        let waits = format!("SELECT wait_event FROM pg_stat_activity WHERE pid = {process}");
        database.until(&waits, "SyncRep").await;
        Self { process, commit }
    }

    async fn end(self, database: &Database) {
        database
            .execute(&format!("SELECT pg_cancel_backend({})", self.process))
            .await;
        self.commit.await.unwrap();
    }
}

async fn open(url: &str, busy: Duration) -> Gm {
    let builder = builder(url).database_busy_timeout(busy).read_time_limit(LONG);
    builder.build().await.unwrap()
}

/// Waits until a commit of the handle waits.
async fn until_commit(database: &Database) {
    let commits = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query = 'COMMIT'";
    database.until(commits, "1").await;
}

const TRANSACTION: &str = "SELECT xmin FROM tags";

/// The answer to a commit is lost in the proxy. The write is answered all the same, and was carried out once.
async fn lost_commit_is_found(database: &Database, proxy: &Proxy, gm: &Gm) {
    let tag = create(gm, "a", None).await.unwrap();
    let slow = SlowCommit::begin(database).await;
    let writes = begin([Tag::by_id(tag.id).update().name("b").exec(gm)]).await;
    until_commit(database).await;
    proxy.set(Mode::StallReplies);
    slow.end(database).await;
    database.until("SELECT name FROM tags", "b").await;
    let transaction = database.value(TRANSACTION).await;
    proxy.cut().await;
    proxy.set(Mode::Forward);
    assert_eq!(writes.await.remove(0).unwrap().name, "b");
    assert_eq!(database.value(TRANSACTION).await, transaction, "written once");
}

/// The commit reaches the server, and its answer is lost with the connection. A new connection finds out what became of it.
#[tokio::test]
async fn a_lost_commit_is_found() {
    let server = server();
    let database = server.database().await;
    database.execute(&format!("{GATES}{}", tags(""))).await;
    let proxy = Proxy::to(database.address());
    let gm = open(&database.url_at(&proxy.address()), LONG).await;
    lost_commit_is_found(&database, &proxy, &gm).await;
}

/// Another connection of the pooler says what became of the transaction.
#[tokio::test]
async fn a_commit_that_is_lost_on_the_way_to_a_pooler_is_found() {
    let server = server();
    let database = server.database().await;
    let Some(pooler) = Pooler::to(&database) else {
        return;
    };
    database.execute(&format!("{GATES}{}", tags(""))).await;
    let proxy = Proxy::to(&pooler.address());
    let gm = builder(&database.url_at(&proxy.address()))
        .database_listen_url(database.url())
        .database_busy_timeout(LONG)
        .read_time_limit(LONG)
        .build()
        .await
        .unwrap();
    lost_commit_is_found(&database, &proxy, &gm).await;
}

/// The server does not notice that the connection is gone, so the transaction stays open until its process is ended.
#[tokio::test]
async fn a_transaction_in_progress_is_ended_and_carried_out_again() {
    let server = server();
    let database = server.database().await;
    database.execute(&format!("{GATES}{}", tags(""))).await;
    let proxy = Proxy::to(database.address());
    let gm = open(&database.url_at(&proxy.address()), LONG).await;
    let tag = create(&gm, "a", None).await.unwrap();
    let slow = SlowCommit::begin(&database).await;
    let writes = begin([Tag::by_id(tag.id).update().name("b").exec(&gm)]).await;
    until_commit(&database).await;
    let [first] = database
        .backends("query = 'COMMIT' AND wait_event_type = 'Lock'")
        .await[..]
    else {
        panic!("one commit");
    };
    proxy.cut().await;
    let gone = format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {}", first.pid);
    database.until(&gone, "0").await;
    until_commit(&database).await;
    assert_eq!(database.value("SELECT name FROM tags").await, "a");
    slow.end(&database).await;
    assert_eq!(writes.await.remove(0).unwrap().name, "b");
}

/// A crash loses the id of the transaction, and the server assigns it to another one, which commits.
#[tokio::test]
async fn an_id_that_was_assigned_again_after_a_crash_says_nothing() {
    // The ids are written to the disk as late as possible.
    let server = Server::builder()
        .setting("wal_level", "replica")
        .setting("max_wal_senders", "10")
        .setting("synchronous_standby_names", "nobody")
        .setting("synchronous_commit", "local")
        .setting("wal_writer_delay", "10s")
        .setting("autovacuum", "off")
        .start();
    let database = server.database().await;
    database.execute(&format!("{GATES}{}", tags(""))).await;
    let proxy = Proxy::to(database.address());
    let gm = open(&database.url_at(&proxy.address()), LONG).await;
    let tag = create(&gm, "a", None).await.unwrap();
    let slow = SlowCommit::begin(&database).await;
    let writes = begin([Tag::by_id(tag.id).update().name("b").exec(&gm)]).await;
    until_commit(&database).await;
    let lost = "SELECT backend_xid::text::bigint FROM pg_stat_activity WHERE query = 'COMMIT' AND wait_event_type = 'Lock'";
    let lost: i64 = database.value(lost).await.parse().unwrap();
    proxy.set(Mode::Refuse);
    let pid = slow.process.parse().unwrap();
    let slow = [Backend { pid }];
    futures_util::future::join(database.crash(&slow), proxy.cut()).await;
    let other = database.connect().await;
    loop {
        let id = other
            .query_one("SELECT pg_current_xact_id()::text::bigint", &[])
            .await
            .unwrap()
            .get::<_, i64>(0);
        assert!(id <= lost, "the id was not lost");
        if id == lost {
            break;
        }
    }
    assert_eq!(
        database.value(&format!("SELECT pg_xact_status('{lost}')")).await,
        "committed"
    );
    proxy.set(Mode::Forward);
    let error = writes.await.remove(0).unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown { .. }), "{error:?}");
    assert_eq!(database.value("SELECT name FROM tags").await, "a");
}

/// Nothing of a commit that waits too long for that lock is written.
#[tokio::test]
async fn a_commit_that_is_not_reached_is_no_unknown_outcome() {
    let server = server();
    let database = server.database().await;
    database.execute(&format!("{GATES}{}", tags(""))).await;
    let gm = open(&database.url(), Duration::from_millis(300)).await;
    let tag = create(&gm, "a", None).await.unwrap();
    let slow = SlowCommit::begin(&database).await;
    let update = Tag::by_id(tag.id).update().name("b").exec(&gm);
    let names = ["c", "d", "e"].map(|name| create(&gm, name, None));
    let (update, creates) = tokio::join!(update, futures_util::future::join_all(names));
    for result in creates.into_iter().chain([update]) {
        let error = result.unwrap_err();
        assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    }
    slow.end(&database).await;
    assert_eq!(database.rows("SELECT name FROM tags").await, [["a"]]);
    create(&gm, "f", None).await.unwrap();
}

/// A commit that waits for a replica is on one server only. Ended there, it would count as committed.
#[tokio::test]
async fn a_commit_that_no_replica_has_is_not_answered_as_done() {
    let server = server();
    let database = server.database().await;
    database.execute(&format!("{GATES}{}", tags(""))).await;
    let gm = builder(&database.url())
        .database_busy_timeout(Duration::from_millis(500))
        .read_time_limit(Duration::from_secs(1))
        .build()
        .await
        .unwrap();
    let tag = create(&gm, "a", None).await.unwrap();
    // Of new connections.
    let wait = format!("ALTER DATABASE {} SET synchronous_commit = on", database.name());
    database.execute(&wait).await;
    for backend in database.backends("query LIKE '%INTO \"tags\"%'").await {
        backend.terminate();
    }
    database
        .until(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'WITH%INTO \"tags\"%'",
            "0",
        )
        .await;
    let update = Tag::by_id(tag.id).update().name("b").exec(&gm).await;
    let error = update.unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown { .. }), "{error:?}");
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query = 'COMMIT'";
    assert_eq!(database.value(waits).await, "1");
}

#[tokio::test]
async fn an_outcome_that_can_not_be_found_out_is_unknown() {
    let database = super::database(&tags("")).await;
    let proxy = Proxy::to(database.address());
    let gm = open(&database.url_at(&proxy.address()), Duration::from_millis(500)).await;
    create(&gm, "warm", None).await.unwrap();
    // A lone create is a statement of its own, whose answer is lost.
    proxy.set_when_sent("INTO \"tags\"", Mode::StallReplies);
    let mut writes = begin([create(&gm, "alone", None)]).await;
    assert!(futures_util::poll!(&mut writes).is_pending());
    database
        .until("SELECT count(*) FROM tags WHERE name = 'alone'", "1")
        .await;
    proxy.cut().await;
    proxy.set(Mode::Forward);
    let error = writes.await.remove(0).unwrap_err();
    assert!(
        matches!(error, Error::OutcomeUnknown { manager: "Tag" }),
        "{error:?}"
    );
    assert!(error.is_outcome_unknown() && !error.is_retryable());
    assert!(
        error.to_string().contains("read the row before you write again"),
        "{error}"
    );
    // It happened, and nothing was written twice.
    assert_eq!(
        database
            .value("SELECT count(*) FROM tags WHERE name = 'alone'")
            .await,
        "1"
    );
    create(&gm, "next", None).await.unwrap();
}

/// The answer asks for no retry.
#[actix_web::test]
async fn a_caller_over_http_learns_that_the_outcome_is_unknown() {
    let database = super::database(
        "CREATE TABLE notes (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, text text NOT NULL);",
    )
    .await;
    let proxy = Proxy::to(database.address());
    let gm = Gm::builder()
        .database(database.url_at(&proxy.address()))
        .database_busy_timeout(Duration::from_millis(500))
        .create_tables(false)
        .idempotency_retention(Duration::ZERO)
        .expose::<Note>()
        .build()
        .await
        .unwrap();
    let app = actix_web::App::new().configure(gm.services());
    let service = actix_web::test::init_service(app).await;
    proxy.set_when_sent("INTO \"notes\"", Mode::StallReplies);
    let request = actix_web::test::TestRequest::post()
        .uri("/gm/notes")
        .set_json(serde_json::json!({"text": "a"}))
        .to_request();
    let lose = async {
        database.until("SELECT count(*) FROM notes", "1").await;
        proxy.cut().await;
        proxy.set(Mode::Forward);
    };
    let (response, ()) = tokio::join!(actix_web::test::call_service(&service, request), lose);
    assert_eq!(response.status(), 500);
    assert!(!response.headers().contains_key("retry-after"));
    let body: serde_json::Value = actix_web::test::read_body_json(response).await;
    assert_eq!(body["error_code"], "internal_error");
    let message = body["details"]["message"].as_str().unwrap();
    assert!(message.contains("is not known"), "{body}");
    assert_eq!(database.value("SELECT count(*) FROM notes").await, "1");
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "notes")]
#[permission(create = public)]
#[remote_api(resource = "notes", allow_create)]
struct Note {
    #[field(id)]
    id: i64,
    text: String,
}

/// The server's process ends before the statement is carried out, and says so: the write is carried out again.
#[tokio::test]
async fn a_session_that_the_server_ends_is_no_unknown_outcome() {
    let database = super::database(&tags("")).await;
    let gm = builder(&database.url())
        .database_busy_timeout(LONG)
        .build()
        .await
        .unwrap();
    let tag = create(&gm, "a", None).await.unwrap();
    let other = database.connect().await;
    other
        .batch_execute("BEGIN; LOCK TABLE tags IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let update = Tag::by_id(tag.id).update().name("b").exec(&gm);
    let writes = begin([update]).await;
    let backend = loop {
        if let [backend] = database.backends("wait_event_type = 'Lock'").await[..] {
            break backend;
        }
    };
    backend.terminate();
    other.batch_execute("COMMIT").await.unwrap();
    assert_eq!(writes.await.remove(0).unwrap().name, "b");
}

/// Nothing answers, and the connection stays open.
#[tokio::test]
async fn a_silent_server_is_given_up() {
    let database = super::database(&tags("")).await;
    let proxy = Proxy::to(database.address());
    let gm = builder(&database.url_at(&proxy.address()))
        .database_busy_timeout(Duration::from_millis(500))
        .read_time_limit(Duration::from_millis(500))
        .build()
        .await
        .unwrap();
    create(&gm, "a", None).await.unwrap();
    proxy.set(Mode::Stall);
    let error = create(&gm, "b", None).await.unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown { .. }), "{error:?}");
    let error = create(&gm, "c", None).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    proxy.set(Mode::Forward);
    create(&gm, "d", None).await.unwrap();
}
