//! The parts that the other tests use do what their names say.

use futures_util::FutureExt as _;
use gm_tests::postgres::{Database, Mode, Proxy, Server, Shutdown};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, NoTls};

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

#[tokio::test]
async fn a_database_is_dropped_at_the_end_with_its_connections() {
    let others = Database::create().await;
    let database = Database::create().await;
    let client = connect(&database.url()).await;
    database
        .execute("CREATE TABLE notes (id int); INSERT INTO notes VALUES (1), (2)")
        .await;
    assert_eq!(database.rows("TABLE notes").await, [["1"], ["2"]]);
    let known = format!(
        "SELECT count(*) FROM pg_database WHERE datname = '{}'",
        database.name()
    );
    assert_eq!(others.value(&known).await, "1");
    drop(database);
    assert_eq!(others.value(&known).await, "0");
    assert!(client.batch_execute("TABLE notes").await.is_err());
}

#[tokio::test]
async fn a_copy_has_the_rows_and_changes_alone() {
    let database = Database::create().await;
    database
        .execute("CREATE TABLE notes (id int); INSERT INTO notes VALUES (1)")
        .await;
    let copy = database.copy().await;
    copy.execute("INSERT INTO notes VALUES (2)").await;
    assert_eq!(copy.rows("TABLE notes").await, [["1"], ["2"]]);
    assert_eq!(database.rows("TABLE notes").await, [["1"]]);
}

/// The commit arrives, and its answer is lost.
#[tokio::test]
async fn a_proxy_stalls_replies_after_a_text_and_cuts() {
    let database = Database::create().await;
    database.execute("CREATE TABLE notes (id int)").await;
    let proxy = Proxy::to(database.address());
    let client = connect(&database.url_at(&proxy.address())).await;
    client
        .batch_execute("BEGIN; INSERT INTO notes VALUES (1)")
        .await
        .unwrap();
    proxy.set_when_sent("COMMIT", Mode::StallReplies);
    client
        .batch_execute("INSERT INTO notes VALUES (2)")
        .await
        .unwrap();
    let commit = tokio::spawn(async move { client.batch_execute("COMMIT").await });
    database.until("SELECT count(*) FROM notes", "2").await;
    assert!(!commit.is_finished());
    proxy.cut().await;
    assert!(commit.await.unwrap().unwrap_err().is_closed());
    proxy.set(Mode::Forward);
    let client = connect(&database.url_at(&proxy.address())).await;
    proxy.set(Mode::Stall);
    let mut query = Box::pin(client.batch_execute("TABLE notes"));
    assert!((&mut query).now_or_never().is_none());
    proxy.set(Mode::Forward);
    query.await.unwrap();
}

#[tokio::test]
async fn a_stopped_backend_is_silent_until_it_continues() {
    let database = Database::create().await;
    let client = connect(&database.url()).await;
    let pid = client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap();
    let [backend] = database.backends("true").await[..] else {
        panic!("one connection");
    };
    assert_eq!(pid.get::<_, i32>(0), i32::try_from(backend.pid).unwrap());
    let stopped = backend.stop();
    let mut query = Box::pin(client.query_one("SELECT 1", &[]));
    for _ in 0..5 {
        assert!((&mut query).now_or_never().is_none());
        database.value("SELECT 1").await;
    }
    drop(stopped);
    query.await.unwrap();
    backend.terminate();
    let error = client.query_one("SELECT 1", &[]).await.unwrap_err();
    assert!(error.is_closed() || error.code().is_some(), "{error:?}");
}

#[tokio::test]
async fn a_server_of_ones_own_is_stopped_and_started_again() {
    let mut server = Server::builder().setting("log_connections", "on").start();
    let database = server.database().await;
    database.execute("CREATE TABLE notes (id int)").await;
    for (place, shutdown) in [Shutdown::Fast, Shutdown::Immediate, Shutdown::Kill]
        .into_iter()
        .enumerate()
    {
        let client = connect(&database.url()).await;
        server.stop(shutdown);
        assert!(client.batch_execute("TABLE notes").await.is_err());
        assert!(tokio_postgres::connect(&database.url(), NoTls).await.is_err());
        server.start_again();
        database
            .execute(&format!("INSERT INTO notes VALUES ({place})"))
            .await;
    }
    assert_eq!(database.rows("TABLE notes").await, [["0"], ["1"], ["2"]]);
    assert!(server.log().contains("connection authorized"), "{}", server.log());
}

/// As TLS and passwords need them.
#[tokio::test]
async fn a_server_has_the_files_and_the_access_of_its_builder() {
    let server = Server::builder()
        .file("words", "hidden")
        .access("host all all 127.0.0.1/32 scram-sha-256")
        .start();
    let database = server.database().await;
    assert_eq!(database.value("SELECT pg_read_file('words')").await, "hidden");
    assert!(tokio_postgres::connect(&database.url(), NoTls).await.is_err());
}

#[tokio::test]
async fn a_standby_is_read_only() {
    let standby = Server::builder().standby().start();
    let (client, connection) = standby.config().connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    let error = client
        .batch_execute("CREATE TABLE notes (id int)")
        .await
        .unwrap_err();
    assert_eq!(error.code().map(SqlState::code), Some("25006"));
}
