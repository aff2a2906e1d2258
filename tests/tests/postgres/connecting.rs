//! Connecting to a server: URLs, passwords, and servers that can't be used.

use std::path::{Path, PathBuf};

use gm_runtime::{Error, GeneralManager, Gm, GmBuilder};
use gm_tests::log;
use gm_tests::postgres::{Database, Server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "notes")]
struct Note {
    #[field(id)]
    id: i64,
    text: String,
}

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

/// An operator sees which connection is which.
#[tokio::test]
async fn the_names_of_connections_end_with_their_purpose() {
    let database = Database::create().await;
    let names = "SELECT DISTINCT application_name FROM pg_stat_activity
        WHERE datname = current_database() AND application_name <> 'another program' ORDER BY 1";
    let long = "b".repeat(70);
    for name in ["billing", &long] {
        let url = format!("{}?application_name={name}", database.url());
        let gm = builder(&url).manager::<Note>().build().await.unwrap();
        let note = Note::create(NoteCreate { text: "a".to_owned() });
        let note = note.exec(&gm).await.unwrap();
        assert_eq!(Note::get(&gm, note.id).await.unwrap(), note);
        Note::query().all(&gm).await.unwrap();
        // The server cuts names off at 63 bytes.
        let mut expected = ["/changes", "/lists", "/reads", "/writes"].map(|purpose| {
            let shown = name.get(..63 - purpose.len()).unwrap_or(name);
            [shown, purpose].concat()
        });
        expected.sort();
        assert_eq!(database.rows(names).await.concat(), expected);
        gm.close().await;
        database
            .until(&format!("SELECT count(*) FROM ({names}) AS n"), "0")
            .await;
    }
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
            "postgres://me:secret@host/db?sslm%6Fde=verify_full",
            "`sslmode` is none of",
        ),
        (
            "postgres://me:secret@host/db?keepalives_retries=5",
            "`keepalives_count`",
        ),
        (
            "postgres://me:secret@a,b/db?hostaddr=127.0.0.1",
            "the numbers of hosts and of addresses",
        ),
        (
            "postgres://me:secret@/db?host=a,b&port=1,2,3",
            "the numbers of hosts and of ports",
        ),
        // Everybody gets a certificate of these authorities.
        (
            "postgres://me:secret@host/db?sslmode=verify-ca",
            "`sslmode` must be `verify-full`",
        ),
        (
            "postgres://me:secret@host/db?sslmode=require&sslrootcert=system",
            "`sslmode` must be `verify-full`",
        ),
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

/// The first host accepts connections and never answers. The others are away.
#[tokio::test]
async fn of_several_hosts_a_silent_one_is_left_for_the_next() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap();
    let database = Database::create().await;
    let options = "connect_timeout=1&keepalives_count=3";
    let url = format!(
        "postgres://postgres@{silent},{}/{}?{options}",
        database.address(),
        database.name()
    );
    builder(&url).build().await.unwrap().close().await;
    let hosts = format!("{silent},127.0.0.1:1");
    let message = refused(builder(&format!("postgres://me:secret@{hosts}/db?{options}"))).await;
    assert_contains(
        &message,
        &[
            &hosts,
            &format!("{silent}: no greeting"),
            "127.0.0.1:1: ",
            "Connection refused",
        ],
    );
    assert!(!message.contains("secret"), "{message}");
}

/// Connections that others may read and change are noticed before they are.
#[tokio::test]
async fn a_connection_to_another_machine_without_certain_tls_is_logged() {
    log::keep();
    let warned = |host: &str| !log::lines(&["WARN", host, "sslmode=verify-full"]).is_empty();
    for (host, options, is_exposed) in [
        ("exposed.invalid", "", true),
        ("also-exposed.invalid", "?sslmode=prefer", true),
        ("encrypted.invalid", "?sslmode=require", false),
        ("known.invalid", "?sslmode=verify-full", false),
        ("chosen.invalid", "?sslmode=disable", false),
        ("known-authority.invalid", "?sslrootcert=system", false),
        ("localhost:1", "", false),
        ("[::1]:1", "", false),
    ] {
        refused(builder(&format!("postgres://me:secret@{host}/db{options}"))).await;
        assert_eq!(warned(host), is_exposed, "{host}");
    }
    assert!(log::lines(&["secret"]).is_empty());
}

/// A server that requests the password as it is, and repeats it in its answer.
async fn repeat_password(listener: TcpListener) -> std::io::Result<()> {
    loop {
        let (mut client, _) = listener.accept().await?;
        // The message at the start has no kind.
        message(&mut client).await?;
        client.write_all(b"R\0\0\0\x08\0\0\0\x03").await?;
        assert_eq!(client.read_u8().await?, b'p');
        let password = message(&mut client).await?;
        let password = String::from_utf8(password).unwrap();
        let repeated = match password.trim_end_matches('\0') {
            "quiet" => "anybody",
            password => password,
        };
        let long = "x".repeat(100_000);
        let fields = format!("SFATAL\0C28P01\0MNo\nentry for {repeated}\0n{long}\0\0");
        client.write_u8(b'E').await?;
        client.write_u32(u32::try_from(fields.len() + 4).unwrap()).await?;
        client.write_all(fields.as_bytes()).await?;
    }
}

async fn message(client: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let length = client.read_u32().await?;
    let mut body = vec![0; length as usize - 4];
    client.read_exact(&mut body).await?;
    Ok(body)
}

#[tokio::test]
async fn a_server_that_repeats_the_password_is_not_quoted() {
    log::keep();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(repeat_password(listener));
    let folder = tempfile::tempdir().unwrap();
    let file = password_file(folder.path(), "*:*:*:*:hid\"den-word\n", 0o600);
    for (user, options) in [
        ("me:hid%22den-word", "sslmode=disable".to_owned()),
        ("me", format!("sslmode=disable&passfile={}", file.display())),
    ] {
        let url = format!("postgres://{user}@{address}/db?{options}");
        let message = refused(builder(&url)).await;
        assert_contains(&message, &["refuses the user `me`", "may repeat the password"]);
        assert!(!message.contains("den-word"), "{message}");
    }
    assert!(log::lines(&["den-word"]).is_empty());
    // Without the password, the answer is shown, as far as it is not too long for a log.
    let url = format!("postgres://me:quiet@{address}/db?sslmode=disable");
    let message = refused(builder(&url)).await;
    assert_contains(&message, &["28P01 No\\nentry for anybody"]);
    assert!(message.len() < 1_000, "{}", message.len());
    server.abort();
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
    assert_contains(
        &message,
        &["requires a password of the user `app`", "PGPASSWORD", &address],
    );

    let folder = tempfile::tempdir().unwrap();
    let file = password_file(folder.path(), "127.0.0.1:*:postgres:app:p@ss/w\\:rd\n", 0o600);
    let url = format!("postgres://app@{address}/postgres?passfile={}", file.display());
    builder(&url).build().await.unwrap();
    // Each host has a password of its own.
    let lines = format!("{address}:*:app:p@ss/w\\:rd\n127.0.0.1:1:*:app:other\n");
    let several = password_file(folder.path(), &lines, 0o400);
    for hosts in [format!("127.0.0.1:1,{address}"), format!("{address},127.0.0.1:1")] {
        let url = format!("postgres://app@{hosts}/postgres?passfile={}", several.display());
        builder(&url).build().await.unwrap();
    }
    // libpq ignores such a file, too.
    let open = password_file(folder.path(), "*:*:*:*:p@ss/w\\:rd\n", 0o644);
    let url = format!("postgres://app@{address}/postgres?passfile={}", open.display());
    assert_contains(
        &refused(builder(&url)).await,
        &["requires a password", "no other user may read"],
    );
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
