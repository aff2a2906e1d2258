//! Connecting to a server: URLs, passwords, and servers that can't be used.

use std::path::{Path, PathBuf};

use gm_runtime::{Error, Gm, GmBuilder};
use gm_tests::postgres::{Database, Server};

fn builder(url: &str) -> GmBuilder {
    Gm::builder().database(url)
}

/// The message of the error with which the handle is not built.
async fn refused(builder: GmBuilder) -> String {
    match builder.build().await {
        Err(error @ (Error::Configuration(_) | Error::Storage(_))) => error.to_string(),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("the handle is built"),
    }
}

fn assert_contains(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in: {message}");
    }
}

#[tokio::test]
async fn a_handle_connects_and_closes() {
    let database = Database::create().await;
    let gm = builder(&database.url()).build().await.unwrap();
    gm.close().await;
    database
        .until("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()", "0")
        .await;
}

/// No part of a URL that may be a password is shown.
#[tokio::test]
async fn a_url_with_a_mistake_is_refused_without_its_password() {
    for (url, problem) in [
        ("postgres:me:secret@host/db", "`//` is missing"),
        ("postgres://me:sec@ret@host/db", "has an `@`"),
        ("postgres://me:secret/x@host/db", "special character"),
        ("postgres://me:secret?x@host/db", "special character"),
        ("postgres://me:secret#x@host/db", "special character"),
        ("postgres://me:secret@host/db#x", "has a `#`"),
        ("postgres://me:secret@/db", "the host is missing"),
        ("postgres://me:secret@:5432/db", "a host is empty"),
        ("postgres://me:secret@host:port/db", "`port`"),
        ("postgres://me:secret@host:70000/db", "`port`"),
        (
            "postgres://me:secret@host/db?sslmode=verify_full",
            "`sslmode` is none of",
        ),
        (
            "postgres://me:secret@host/db?ssl_mode=require",
            "unknown option `ssl_mode`",
        ),
        ("postgres://me:secret@host/db?sslmode", "an option has no value"),
        ("postgres://me:secret@host/db?sslcert=client.pem", "`sslkey`"),
        (
            "postgres://me:secret@host/db?connect_timeout=soon",
            "`connect_timeout`",
        ),
        (
            "postgres://me:secret@host/db?target_session_attrs=read-only",
            "read-only",
        ),
        ("postgres://me:secret@host/d%00b", "the code 0"),
        (
            "postgresql://me:secret@host/db?password=secret&sslmode=x",
            "`sslmode`",
        ),
    ] {
        let message = refused(builder(url)).await;
        assert_contains(&message, &[problem, ".database("]);
        assert!(!message.contains("sec"), "{message}");
    }
    let message =
        refused(builder("postgres://host/db").database_listen_url("postgres://me:secret@/db")).await;
    assert_contains(&message, &[".database_listen_url("]);
    assert!(!message.contains("secret"), "{message}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    // The port of a listener that is closed again.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let message = refused(builder(&format!("postgres://me:secret@127.0.0.1:{port}/db"))).await;
    assert_contains(&message, &[&format!("127.0.0.1:{port}"), "Connection refused"]);
    assert!(!message.contains("secret"), "{message}");
    let message = refused(builder("postgres://me:secret@host.invalid/db")).await;
    assert_contains(&message, &["host.invalid:5432"]);
}

/// A server that accepts connections and never answers, such as one that is stopped.
#[tokio::test]
async fn a_silent_server_is_given_up() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let message = refused(builder(&format!("postgres://me@{address}/db?connect_timeout=1"))).await;
    assert_contains(&message, &[&address.to_string(), "no greeting within 2s"]);
}

#[tokio::test]
async fn a_database_that_is_missing_is_named() {
    let database = Database::create().await;
    let message = refused(builder(&format!(
        "postgres://postgres@{}/missing",
        database.address()
    )))
    .await;
    assert_contains(&message, &["no such database", "3D000", "\\\"missing\\\""]);
}

/// A server that asks for passwords, with the user `app`.
async fn with_passwords() -> (Server, String) {
    let server = Server::builder()
        .setting("password_encryption", "scram-sha-256")
        .access("host all all 127.0.0.1/32 scram-sha-256")
        .start();
    let (client, connection) = server.config().connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
        .batch_execute("CREATE ROLE app LOGIN PASSWORD 'p@ss/w:rd'")
        .await
        .unwrap();
    let address = server.address();
    (server, address)
}

fn password_file(folder: &Path, line: &str, mode: u32) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let file = folder.join(format!("passwords-{mode:o}"));
    std::fs::write(&file, line).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    file
}

#[tokio::test]
async fn passwords_come_from_the_url_or_a_file() {
    let (_server, address) = with_passwords().await;
    builder(&format!("postgres://app:p%40ss%2Fw%3Ard@{address}/postgres"))
        .build()
        .await
        .unwrap();
    let message = refused(builder(&format!(
        "postgres://app:wrong-secret@{address}/postgres"
    )))
    .await;
    assert_contains(&message, &["refuses the user `app`", "28P01", &address]);
    assert!(!message.contains("wrong-secret"), "{message}");
    let message = refused(builder(&format!(
        "postgres://app@{address}/postgres?passfile=/none"
    )))
    .await;
    assert_contains(&message, &["password missing"]);

    let folder = tempfile::tempdir().unwrap();
    let file = password_file(folder.path(), "127.0.0.1:*:postgres:app:p@ss/w\\:rd\n", 0o600);
    let url = format!("postgres://app@{address}/postgres?passfile={}", file.display());
    builder(&url).build().await.unwrap();
    // libpq ignores such a file, too.
    let open = password_file(folder.path(), "*:*:*:*:p@ss/w\\:rd\n", 0o644);
    let url = format!("postgres://app@{address}/postgres?passfile={}", open.display());
    assert_contains(&refused(builder(&url)).await, &["password missing"]);
}

#[tokio::test]
async fn a_standby_is_refused() {
    let server = Server::builder().standby().start();
    let message = refused(builder(&format!(
        "postgres://postgres@{}/postgres",
        server.address()
    )))
    .await;
    assert_contains(&message, &["is a standby", &server.address()]);
}

#[tokio::test]
async fn of_several_hosts_the_one_that_accepts_writes_is_used() {
    let standby = Server::builder().standby().start();
    let database = Database::create().await;
    let url = format!(
        "postgres://postgres@{},{}/{}",
        standby.address(),
        database.address(),
        database.name()
    );
    let gm = builder(&url).build().await.unwrap();
    gm.close().await;
    let url = format!("postgres://postgres@{0},{0}/postgres", standby.address());
    assert_contains(&refused(builder(&url)).await, &["does not allow writes"]);
}

#[tokio::test]
async fn a_read_only_database_is_refused() {
    let database = Database::create().await;
    database
        .execute(&format!(
            "ALTER DATABASE {} SET default_transaction_read_only = on",
            database.name()
        ))
        .await;
    let message = refused(builder(&database.url())).await;
    assert_contains(&message, &["is read-only", "default_transaction_read_only"]);
}

#[tokio::test]
async fn another_encoding_is_refused() {
    let database = Database::create().await;
    let other = format!("{}_ascii", database.name());
    database
        .execute(&format!(
            "CREATE DATABASE {other} ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        ))
        .await;
    let message = refused(builder(&format!(
        "postgres://postgres@{}/{other}",
        database.address()
    )))
    .await;
    database
        .execute(&format!("DROP DATABASE {other} WITH (FORCE)"))
        .await;
    assert_contains(&message, &["`SQL_ASCII`", "`UTF8`"]);
}

#[tokio::test]
async fn a_role_that_may_not_connect_is_refused() {
    let database = Database::create().await;
    let role = format!("{}_role", database.name());
    database
        .execute(&format!(
            "CREATE ROLE {role} LOGIN; REVOKE CONNECT ON DATABASE {} FROM PUBLIC",
            database.name()
        ))
        .await;
    let message = refused(builder(&format!(
        "postgres://{role}@{}/{}",
        database.address(),
        database.name()
    )))
    .await;
    database.execute(&format!("DROP ROLE {role}")).await;
    assert_contains(&message, &["GRANT CONNECT", &role]);
}

#[tokio::test]
async fn a_server_without_free_connections_is_named() {
    let server = Server::builder()
        .setting("max_connections", "4")
        .setting("superuser_reserved_connections", "3")
        .start();
    let (client, connection) = server.config().connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("CREATE ROLE app LOGIN").await.unwrap();
    let url = format!("postgres://app@{}/postgres", server.address());
    let message = refused(builder(&url)).await;
    assert_contains(&message, &["53300", &server.address()]);
}
