//! The trigger for writes past the framework.

use gm_runtime::change::{Action, Change};
use gm_tests::postgres::Database;

use super::{Subscriber, Ticket, change, replica, ticket};

/// A database with the table and its trigger.
async fn with_trigger() -> Database {
    let database = Database::create().await;
    let builder = replica(&database).manager::<Ticket>();
    let script = builder.schema_triggers().unwrap();
    builder.build().await.unwrap().close().await;
    database.execute(&script).await;
    database
}

#[tokio::test]
async fn writes_of_other_programs_are_published() {
    let database = with_trigger().await;
    let gm = replica(&database).manager::<Ticket>().build().await.unwrap();
    let mut subscriber = Subscriber::of::<Ticket>(&gm);
    for (sql, expected) in [
        (
            "INSERT INTO tickets (title) VALUES ('a'), ('b')",
            vec![change(Action::Create, 1), change(Action::Create, 2)],
        ),
        (
            "UPDATE tickets SET title = 'c' WHERE id = 1",
            vec![change(Action::Update, 1)],
        ),
        // The same values.
        ("UPDATE tickets SET title = 'c' WHERE id = 1", vec![]),
        (
            "UPDATE tickets SET id = 9 WHERE id = 1",
            vec![change(Action::Delete, 1), change(Action::Create, 9)],
        ),
        (
            "DELETE FROM tickets WHERE id = 9",
            vec![change(Action::Delete, 9)],
        ),
        ("BEGIN; DELETE FROM tickets; ROLLBACK", vec![]),
        ("TRUNCATE tickets", vec![Change::refresh()]),
    ] {
        database.execute(sql).await;
        assert_eq!(subscriber.received::<Ticket>(&gm).await, expected, "{sql}");
    }
}

/// The statement itself leaves its notification out where the trigger sends it, and sends it where the trigger does not run.
#[tokio::test]
async fn a_write_of_a_replica_is_published_once_with_and_without_the_trigger() {
    let database = with_trigger().await;
    let gm = replica(&database).manager::<Ticket>().build().await.unwrap();
    let mut subscriber = Subscriber::of::<Ticket>(&gm);
    let states = [
        "ENABLE TRIGGER gm_notify",
        "DISABLE TRIGGER gm_notify",
        "ENABLE ALWAYS TRIGGER gm_notify",
        "ENABLE REPLICA TRIGGER gm_notify",
        "ENABLE TRIGGER gm_notify",
    ];
    for (id, state) in (1..).zip(states) {
        database.execute(&format!("ALTER TABLE tickets {state}")).await;
        let row = Ticket::create(ticket("a")).exec(&gm).await.unwrap();
        row.update().title("b").exec(&gm).await.unwrap();
        row.delete(&gm).await.unwrap();
        let expected = [Action::Create, Action::Update, Action::Delete].map(|action| change(action, id));
        assert_eq!(subscriber.received::<Ticket>(&gm).await, expected, "{state}");
    }
    database.execute("DROP TRIGGER gm_notify ON tickets").await;
    let row = Ticket::create(ticket("a")).exec(&gm).await.unwrap();
    assert_eq!(
        subscriber.received::<Ticket>(&gm).await,
        [change(Action::Create, row.id)]
    );
}

/// The script ends with a notification, and the catalog is read before what is committed after it is published.
#[tokio::test]
async fn a_trigger_that_is_created_later_is_known_at_once() {
    let database = Database::create().await;
    let builder = replica(&database).manager::<Ticket>();
    let script = builder.schema_triggers().unwrap();
    let gm = builder.build().await.unwrap();
    let mut subscriber = Subscriber::of::<Ticket>(&gm);
    database.execute(&script).await;
    assert_eq!(subscriber.received::<Ticket>(&gm).await, [Change::refresh()]);
    // The statement leaves its own notification out.
    let row = Ticket::create(ticket("a")).exec(&gm).await.unwrap();
    assert_eq!(
        subscriber.received::<Ticket>(&gm).await,
        [change(Action::Create, row.id)]
    );
    // Nothing has changed.
    database.execute(&script).await;
    assert_eq!(subscriber.received::<Ticket>(&gm).await, []);
}

/// A transaction of many rows notifies a thousand of them, and one refresh.
#[tokio::test]
async fn a_transaction_of_many_rows_is_bounded_by_a_refresh() {
    let database = with_trigger().await;
    let gm = replica(&database).manager::<Ticket>().build().await.unwrap();
    let mut subscriber = Subscriber::of::<Ticket>(&gm);
    database
        .execute("INSERT INTO tickets (title) SELECT 'a' FROM generate_series(1, 5000)")
        .await;
    let received = subscriber.received::<Ticket>(&gm).await;
    assert_eq!(received.len(), 1_001);
    assert_eq!(
        (received.first(), received.last()),
        (Some(&change(Action::Create, 1)), Some(&Change::refresh()))
    );
    database
        .execute("UPDATE tickets SET title = 'b' WHERE id = 7")
        .await;
    assert_eq!(
        subscriber.received::<Ticket>(&gm).await,
        [change(Action::Update, 7)]
    );
}

/// The trigger must not fail the writes of other programs.
#[tokio::test]
async fn the_trigger_accepts_every_row() {
    let database = with_trigger().await;
    database
        .execute("ALTER TABLE tickets ADD COLUMN extra json, ADD COLUMN big text, ADD COLUMN at timestamptz")
        .await;
    let gm = replica(&database).manager::<Ticket>().build().await.unwrap();
    let mut subscriber = Subscriber::of::<Ticket>(&gm);
    for (sql, expected) in [
        // `jsonb` has no U+0000, in the row before or after.
        (r#"INSERT INTO tickets (title, extra) VALUES ('a', '"\u0000"')"#, Change::refresh()),
        ("UPDATE tickets SET extra = NULL, big = repeat(md5(id::text), 200000) WHERE id = 1", Change::refresh()),
        (
            "UPDATE tickets SET big = NULL WHERE id = 1",
            change(Action::Update, 1),
        ),
        ("UPDATE tickets SET title = repeat('x', 9000) WHERE id = 1", change(Action::Update, 1)),
        (
            "SET DateStyle = 'SQL, DMY'; SET bytea_output = 'escape'; SET TimeZone = 'Asia/Kolkata'; SET search_path = '';
             UPDATE public.tickets SET at = 'infinity'",
            change(Action::Update, 1),
        ),
    ] {
        database.execute(sql).await;
        assert_eq!(subscriber.received::<Ticket>(&gm).await, [expected], "{sql}");
    }
    // Without its id, the row is unknown.
    database
        .execute("ALTER TABLE tickets RENAME COLUMN id TO number")
        .await;
    database.execute("UPDATE tickets SET title = 'y'").await;
    let received = subscriber.received::<Ticket>(&gm).await;
    assert_eq!(received, [Change::refresh()]);
}

#[tokio::test]
async fn the_script_may_be_run_again() {
    let database = with_trigger().await;
    let script = replica(&database).manager::<Ticket>().schema_triggers().unwrap();
    database.execute(&script).await;
    let triggers = "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'tickets'::regclass";
    assert_eq!(database.value(triggers).await, "2");
}

/// The trigger of a partitioned table runs for each partition, and names the partition.
#[tokio::test]
async fn rows_of_partitions_are_published_to_the_manager_of_the_table() {
    let database = Database::create().await;
    database
        .execute(
            "CREATE TABLE tickets (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, title text COLLATE \"C\" NOT NULL)
                 PARTITION BY RANGE (id);
             CREATE TABLE tickets_1 PARTITION OF tickets FOR VALUES FROM (0) TO (100)",
        )
        .await;
    let builder = replica(&database).manager::<Ticket>();
    database.execute(&builder.schema_triggers().unwrap()).await;
    let gm = builder.build().await.unwrap();
    let mut subscriber = Subscriber::of::<Ticket>(&gm);
    database
        .execute("INSERT INTO tickets_1 (id, title) VALUES (7, 'a')")
        .await;
    assert_eq!(subscriber.next().await, change(Action::Create, 7));
    // The first event of a new partition makes the feed read the catalog.
    database
        .execute(
            "CREATE TABLE tickets_2 PARTITION OF tickets FOR VALUES FROM (100) TO (200);
             INSERT INTO tickets_2 (id, title) VALUES (107, 'a')",
        )
        .await;
    let received = subscriber.received::<Ticket>(&gm).await;
    assert!(received.contains(&change(Action::Create, 107)), "{received:?}");
    let row = Ticket::create(ticket("b")).exec(&gm).await.unwrap();
    assert_eq!(
        subscriber.received::<Ticket>(&gm).await,
        [change(Action::Create, row.id)]
    );
}
