//! Foreign, malformed and maximal texts on the channel.

use gm_runtime::GeneralManager;
use gm_runtime::change::{Action, Change, Event};
use gm_runtime::field::Value;
use gm_tests::postgres::Database;

use super::{MARK, Subscriber, Ticket, change, replica, ticket};

/// A manager whose id may be long.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "pages")]
struct Page {
    #[field(id)]
    path: String,
}

async fn notify(database: &Database, payload: &str) {
    let client = database.connect().await;
    client
        .execute("SELECT pg_notify('gm', $1)", &[&payload])
        .await
        .unwrap();
}

/// The payload of an update of this row.
async fn update_of(database: &Database, id: &str, more: &str) -> String {
    let oid = database.value("SELECT 'tickets'::regclass::oid").await;
    format!(
        r#"gm1 {{"i":"67e55044-10b1-426f-9247-bb680e5fe0c8","t":"{oid}","a":"u","k":{{"id":"{id}"}}{more}}}"#
    )
}

#[tokio::test]
async fn texts_of_other_programs_are_ignored() {
    let database = Database::create().await;
    let gm = replica(&database).manager::<Ticket>().build().await.unwrap();
    let mut subscriber = Subscriber::of::<Ticket>(&gm);
    for text in [
        "",
        "gm",
        "gm1",
        "gm2 {}",
        "hello",
        "{\"a\":\"u\"}",
        &"x".repeat(7_999),
    ] {
        notify(&database, text).await;
    }
    assert_eq!(subscriber.received::<Ticket>(&gm).await, []);
}

#[tokio::test]
async fn malformed_payloads_refresh_everything_and_are_coalesced() {
    let database = Database::create().await;
    let gm = replica(&database)
        .manager::<Ticket>()
        .manager::<Page>()
        .build()
        .await
        .unwrap();
    let (mut tickets, mut pages) = (Subscriber::of::<Ticket>(&gm), Subscriber::of::<Page>(&gm));
    let deep = format!("gm1 {}", "[".repeat(7_900));
    for number in 0..50 {
        let texts = ["gm1 ", "gm1 {}", "gm1 {\"a\":5}", &deep];
        notify(&database, texts[number % texts.len()]).await;
    }
    // At most a second later.
    for subscriber in [&mut tickets, &mut pages] {
        assert_eq!(subscriber.next().await, Change::refresh());
    }
    let more = tickets.received::<Ticket>(&gm).await;
    assert!(more.len() < 10, "{more:?}");
}

#[tokio::test]
async fn a_payload_of_an_unknown_relation_reaches_nobody() {
    let database = Database::create().await;
    database.execute("CREATE TABLE others (id int)").await;
    let oid = database.value("SELECT 'others'::regclass::oid").await;
    for relation in [oid.as_str(), "4294967295", "0"] {
        // Reads of the catalog for unknown relations are limited, and a replica that has read none yet reads at once. It has
        // published no refresh either, so that one would come at once, too.
        let gm = replica(&database).manager::<Ticket>().build().await.unwrap();
        let mut subscriber = Subscriber::of::<Ticket>(&gm);
        let payload = format!(
            r#"gm1 {{"i":"67e55044-10b1-426f-9247-bb680e5fe0c8","t":"{relation}","a":"d","k":{{"id":"1"}}}}"#
        );
        notify(&database, &payload).await;
        assert_eq!(subscriber.received::<Ticket>(&gm).await, [], "{relation}");
        gm.close().await;
    }
}

#[tokio::test]
async fn many_unknown_relations_are_a_refresh() {
    let database = Database::create().await;
    let gm = replica(&database).manager::<Ticket>().build().await.unwrap();
    let mut subscriber = Subscriber::of::<Ticket>(&gm);
    let client = database.connect().await;
    client
        .batch_execute(
            r#"SELECT pg_notify('gm', concat('gm1 {"i":"', gen_random_uuid(), '","t":"', 4000000000 + n, '","a":"r"}'))
                FROM generate_series(1, 5000) AS n"#,
        )
        .await
        .unwrap();
    assert_eq!(subscriber.next().await, Change::refresh());
    let more = subscriber.received::<Ticket>(&gm).await;
    assert!(more.len() < 10, "{more:?}");
}

#[tokio::test]
async fn a_payload_with_an_id_that_no_row_has_is_a_refresh() {
    let database = Database::create().await;
    let gm = replica(&database).manager::<Ticket>().build().await.unwrap();
    let mut subscriber = Subscriber::of::<Ticket>(&gm);
    for (id, expected) in [
        ("7", change(Action::Update, 7)),
        ("x", Change::refresh()),
        ("9223372036854775808", Change::refresh()),
    ] {
        notify(&database, &update_of(&database, id, "").await).await;
        assert_eq!(subscriber.next().await, expected);
    }
    // A newer version may send more.
    notify(&database, &update_of(&database, "8", r#","z":[{"x":1}]"#).await).await;
    assert_eq!(subscriber.next().await, change(Action::Update, 8));
    // The longest that Postgres accepts.
    let longest = update_of(&database, "9", "").await;
    let padding = " ".repeat(7_999 - longest.len());
    notify(&database, &format!("{longest}{padding}")).await;
    assert_eq!(subscriber.next().await, change(Action::Update, 9));
}

/// A row whose id does not fit a payload: its change is a refresh, and its write succeeds.
#[tokio::test]
async fn a_change_of_a_row_with_a_long_id_is_a_refresh() {
    let database = Database::create().await;
    // The usual primary key refuses ids of more than 2.7 kB.
    database.execute("CREATE TABLE pages (path text COLLATE \"C\" NOT NULL, hash text GENERATED ALWAYS AS (md5(path)) STORED)").await;
    let gm = replica(&database)
        .create_tables(false)
        .manager::<Page>()
        .build()
        .await;
    let Ok(gm) = gm else {
        // Without a unique index on the id, the table is refused.
        return;
    };
    let mut pages = Subscriber::of::<Page>(&gm);
    for (length, is_refresh) in [(7_700, false), (7_900, true), (20_000, true)] {
        let path = "p".repeat(length);
        gm.publish::<Page>(Event::Update(path.clone())).unwrap();
        let expected = match is_refresh {
            true => Change::refresh(),
            false => Change::row(Action::Update, Value::Text(path)),
        };
        assert_eq!(pages.next().await, expected, "{length}");
    }
}

/// The queue of all notifications is read while a client of the database sends as many as it can.
#[tokio::test]
async fn a_flood_of_events_is_received_in_order() {
    const EVENTS: i64 = 30_000;
    let database = Database::create().await;
    let gm = replica(&database)
        .database_heartbeat(std::time::Duration::from_secs(60))
        .manager::<Ticket>()
        .build()
        .await
        .unwrap();
    let mut subscriber = Subscriber::of::<Ticket>(&gm);
    database
        .execute(&format!(
            r#"SELECT pg_notify('gm', concat('gm1 {{"i":"', gen_random_uuid(), '","t":"', 'tickets'::regclass::oid,
                '","a":"u","k":{{"id":"', n, '"}}}}')) FROM generate_series(1, {EVENTS}) AS n"#
        ))
        .await;
    for id in 1..=EVENTS {
        assert_eq!(subscriber.next().await, change(Action::Update, id));
    }
    let row = Ticket::create(ticket("a")).exec(&gm).await.unwrap();
    assert_eq!(subscriber.next().await, change(Action::Create, row.id));
    assert_ne!(row.id, MARK);
}
