//! pgbouncer in transaction mode before the server.

use std::time::Duration;

use futures_util::future::join_all;
use gm_runtime::change::{Action, Change};
use gm_runtime::error::QueryError;
use gm_runtime::field::Value;
use gm_runtime::{Error, Gm};
use gm_tests::postgres::{Database, Pooler};
use tokio::sync::mpsc;

use crate::reads::{Note, SlowNote, with_slow_notes};
use crate::writes::{Tag, create, lock, tags};

#[tokio::test]
async fn reads_go_through_pgbouncer() {
    let database = with_slow_notes().await;
    let Some(pooler) = Pooler::to(&database) else {
        return;
    };
    let gm = Gm::builder()
        .database(database.url_at(&pooler.address()))
        .database_listen_url(database.url())
        .manager::<Note>()
        .manager::<SlowNote>()
        .read_time_limit(Duration::from_secs(1))
        .build()
        .await
        .unwrap();
    for _ in 0..5 {
        // Pipelined, and so many that pgbouncer has to deal them out.
        let reads = (1..=100).map(|id| {
            let gm = &gm;
            async move {
                assert_eq!(Note::get(gm, id).await.unwrap().text, format!("Note {id}"));
                assert_eq!(
                    Note::filter(|n| n.id.lte(id)).count(gm).await.unwrap(),
                    id.unsigned_abs()
                );
            }
        });
        join_all(reads).await;
    }
    let error = SlowNote::query().all(&gm).await.unwrap_err();
    assert!(
        matches!(error, Error::Query(QueryError::ReadTimeout { .. })),
        "{error}"
    );
    // The time limit was that of one transaction.
    let limits = database.rows("SELECT DISTINCT query FROM pg_stat_activity WHERE application_name LIKE 'gm %' AND query LIKE '%SET statement_timeout%'").await;
    assert!(limits.len() <= 1, "{limits:?}");
    assert_eq!(Note::query().count(&gm).await.unwrap(), 100);
    gm.close().await;
}

/// The change feed of another database would be alive, and would never receive a change.
#[tokio::test]
async fn a_listen_url_of_another_database_is_refused() {
    let (database, other) = (Database::create().await, Database::create().await);
    let builder = |listen: &Database| {
        Gm::builder()
            .database(database.url())
            .database_listen_url(listen.url())
            .manager::<Note>()
    };
    builder(&database).build().await.unwrap().close().await;
    let error = builder(&other).build().await.err().unwrap();
    assert!(
        matches!(&error, Error::Configuration(message) if message.contains("another database")),
        "{error}"
    );
}

/// A handle whose writes go over this address, which leads to a pooler.
async fn writer(database: &Database, address: &str) -> Gm {
    Gm::builder()
        .database(database.url_at(address))
        .database_listen_url(database.url())
        .create_tables(false)
        .manager::<Tag>()
        .database_busy_timeout(Duration::from_millis(500))
        .read_time_limit(Duration::from_secs(30))
        .build()
        .await
        .unwrap()
}

/// What each connection of the pooler to the server says. Both are held at the same time.
async fn of_each_server_connection(database: &Database, pooler: &Pooler, query: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut held = Vec::new();
    for _ in 0..2 {
        let url = database.url_at(&pooler.address());
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        client.batch_execute("BEGIN").await.unwrap();
        let answer = client.simple_query(query).await.unwrap();
        let row = answer.iter().find_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap().to_owned()),
            _ => None,
        });
        values.push(row.unwrap());
        held.push(client);
    }
    values
}

/// Two replicas share the connections to the server, on which no statement and no setting of theirs may be left.
#[tokio::test]
async fn writes_of_two_replicas_go_through_pgbouncer() {
    let database = Database::create().await;
    let Some(pooler) = Pooler::to(&database) else {
        return;
    };
    database
        .execute(&tags(", CHECK (name <> ''), UNIQUE (name)"))
        .await;
    let replicas = [
        writer(&database, &pooler.address()).await,
        writer(&database, &pooler.address()).await,
    ];
    let (sender, mut changes) = mpsc::unbounded_channel();
    let _subscription = replicas[1].on_change::<Tag>(move |change| drop(sender.send(change.clone())));
    // Repeated, since a statement would be prepared at its second use.
    for round in 0..4 {
        let writes = (0..50).map(|number| {
            let gm = &replicas[number % 2];
            async move {
                let tag = create(gm, &format!("{round}-{number}"), None).await.unwrap();
                let renamed = tag.update().name(format!("renamed {round}-{number}"));
                let renamed = renamed.exec(gm).await.unwrap();
                assert_eq!(Tag::get(gm, renamed.id).await.unwrap(), renamed);
                if number % 5 == 0 {
                    renamed.delete(gm).await.unwrap();
                }
            }
        });
        join_all(writes).await;
    }
    assert_eq!(Tag::query().count(&replicas[0]).await.unwrap(), 160);
    // A failure concerns its own write alone.
    let writes = join_all(["new", "", "renamed 0-1"].map(|name| create(&replicas[0], name, None))).await;
    assert!(writes[0].is_ok(), "{writes:?}");
    assert!(writes[1].as_ref().is_err_and(Error::is_invalid), "{writes:?}");
    assert!(writes[2].as_ref().is_err_and(Error::is_conflict), "{writes:?}");
    let last = writes[0].as_ref().unwrap().id;
    let mut received = Vec::new();
    while received.last() != Some(&Change::row(Action::Create, Value::Integer(last))) {
        received.push(changes.recv().await.unwrap());
    }
    assert_eq!(received.len(), 200 + 200 + 40 + 1);
    for gm in replicas {
        gm.close().await;
    }
    let left = "SELECT concat((SELECT count(*) FROM pg_prepared_statements), ' ', current_setting('lock_timeout'), ' ', \
         current_setting('statement_timeout'))";
    assert_eq!(
        of_each_server_connection(&database, &pooler, left).await,
        ["0 0 0", "0 0 0"]
    );
}

#[tokio::test]
async fn a_locked_row_fails_its_write_alone_through_pgbouncer() {
    let database = Database::create().await;
    let Some(pooler) = Pooler::to(&database) else {
        return;
    };
    database.execute(&tags("")).await;
    let gm = writer(&database, &pooler.address()).await;
    let (locked, free) = (
        create(&gm, "a", None).await.unwrap(),
        create(&gm, "b", None).await.unwrap(),
    );
    let other = lock(&database, &locked).await;
    let (blocked, written) = tokio::join!(
        locked.update().name("c").exec(&gm),
        free.update().name("c").exec(&gm)
    );
    assert!(matches!(blocked, Err(Error::Unavailable(_))), "{blocked:?}");
    assert_eq!(written.unwrap().name, "c");
    other.batch_execute("COMMIT").await.unwrap();
    assert_eq!(locked.update().name("d").exec(&gm).await.unwrap().name, "d");
}

/// Another program has given the column a type that the driver does not know. It would ask the server for the type behind the answer,
/// without end.
#[tokio::test]
async fn a_list_with_a_column_of_a_new_type_is_read_through_pgbouncer() {
    let database = with_slow_notes().await;
    let Some(pooler) = Pooler::to(&database) else {
        return;
    };
    let gm = Gm::builder()
        .database(database.url_at(&pooler.address()))
        .database_listen_url(database.url())
        .manager::<Note>()
        .build()
        .await
        .unwrap();
    database
        .execute(
            "DROP VIEW slow_notes; CREATE EXTENSION citext; ALTER TABLE notes ALTER COLUMN text TYPE citext; \
             UPDATE notes SET text = text || repeat('x', 10000)",
        )
        .await;
    for _ in 0..3 {
        let notes = Note::query().order_by(|n| n.text.asc()).all(&gm).await.unwrap();
        assert_eq!(notes.len(), 100);
        assert!(notes[0].text.starts_with("Note 100x"), "{}", &notes[0].text[..10]);
        let page = Note::query().page(2).page_size(30).all(&gm).await.unwrap();
        assert_eq!(page.len(), 30);
        let note = Note::get(&gm, 7).await.unwrap();
        assert_eq!(note.text.len(), 10_006);
        let counts = Note::query().count_by(|n| n.text, &gm).await.unwrap();
        assert!(counts.len() == 100 && counts.iter().all(|(_, rows)| *rows == 1));
    }
    gm.close().await;
}

/// Without the server's own URL, the change feed can't work.
#[tokio::test]
async fn a_pooler_without_the_servers_own_url_is_refused() {
    let database = Database::create().await;
    let Some(pooler) = Pooler::to(&database) else {
        return;
    };
    let built = Gm::builder()
        .database(database.url_at(&pooler.address()))
        .manager::<Note>()
        .build()
        .await;
    let error = built.err().unwrap();
    assert!(error.to_string().contains("database_listen_url"), "{error}");
}
