//! Managers of views: a change of a table that the view reads is a refresh.

use gm_runtime::change::{Action, Change};
use gm_runtime::{Error, GeneralManager};
use gm_tests::postgres::Database;

use super::{Subscriber, Ticket, change, replica, ticket};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "open_tickets")]
#[permission(read = public)]
#[remote_api(resource = "open-tickets", websocket_invalidation)]
struct OpenTicket {
    #[field(id)]
    id: i64,
    title: String,
}

/// A database with the view, which this query defines.
async fn with_view(query: &str) -> Database {
    let database = Database::create().await;
    replica(&database)
        .manager::<Ticket>()
        .build()
        .await
        .unwrap()
        .close()
        .await;
    let more = "CREATE TABLE others (id bigint, title text COLLATE \"C\")";
    database
        .execute(&format!("{more}; CREATE VIEW open_tickets AS {query}"))
        .await;
    database
}

#[tokio::test]
async fn a_change_of_a_table_refreshes_the_views_that_read_it() {
    let database = with_view(
        "SELECT id, title FROM tickets WHERE NOT EXISTS (SELECT FROM others WHERE others.id = tickets.id)",
    )
    .await;
    let builder = replica(&database)
        .create_tables(false)
        .idempotency_retention(std::time::Duration::ZERO)
        .manager::<Ticket>()
        .expose::<OpenTicket>();
    let gm = builder.build().await.unwrap();
    let (mut tickets, mut views) = (Subscriber::of::<Ticket>(&gm), Subscriber::of::<OpenTicket>(&gm));
    let row = Ticket::create(ticket("a")).exec(&gm).await.unwrap();
    assert_eq!(tickets.next().await, change(Action::Create, row.id));
    assert_eq!(views.next().await, Change::refresh());
}

/// Another program replaces the view: the feed reads the catalog again from time to time.
#[tokio::test]
async fn a_replaced_view_is_refreshed_and_read_anew() {
    let database = with_view("SELECT id, title FROM others").await;
    let builder = replica(&database)
        .create_tables(false)
        .idempotency_retention(std::time::Duration::ZERO)
        .manager::<Ticket>()
        .expose::<OpenTicket>();
    let gm = builder.build().await.unwrap();
    let mut views = Subscriber::of::<OpenTicket>(&gm);
    Ticket::create(ticket("a")).exec(&gm).await.unwrap();
    assert_eq!(views.received::<OpenTicket>(&gm).await, []);
    database
        .execute("CREATE OR REPLACE VIEW open_tickets AS SELECT id, title FROM tickets")
        .await;
    assert_eq!(views.next().await, Change::refresh());
    Ticket::create(ticket("b")).exec(&gm).await.unwrap();
    assert_eq!(views.received::<OpenTicket>(&gm).await, [Change::refresh()]);
}

#[tokio::test]
async fn a_view_whose_rows_change_without_a_write_has_no_events() {
    for (condition, function) in [
        ("now() > '2020-01-01'", "now"),
        ("CURRENT_DATE > '2020-01-01'", "CURRENT_TIMESTAMP"),
        ("LOCALTIMESTAMP > '2020-01-01'", "CURRENT_TIMESTAMP"),
        ("random() < 2", "random"),
        (
            "id IN (SELECT 1 WHERE clock_timestamp() > '2020-01-01')",
            "clock_timestamp",
        ),
        ("age('2020-01-01'::timestamptz) > '1 day'", "age"),
    ] {
        let database = with_view(&format!("SELECT id, title FROM tickets WHERE {condition}")).await;
        let builder = || {
            replica(&database)
                .create_tables(false)
                .idempotency_retention(std::time::Duration::ZERO)
                .manager::<Ticket>()
        };
        let Err(Error::Configuration(message)) = builder().expose::<OpenTicket>().build().await else {
            panic!("{condition} is refused");
        };
        assert!(message.contains(&format!("calls `{function}`")), "{message}");
        // Without events it may be read.
        builder().build().await.unwrap();
    }
    let database =
        with_view("SELECT id, title FROM tickets WHERE title <> current_user AND age('2020-01-01', '2019-01-01') > '1 day'")
            .await;
    replica(&database)
        .create_tables(false)
        .idempotency_retention(std::time::Duration::ZERO)
        .expose::<OpenTicket>()
        .build()
        .await
        .unwrap();
}

/// A function of the application may read any table.
#[tokio::test]
async fn a_view_that_calls_a_function_is_refreshed_by_every_change() {
    let database = Database::create().await;
    replica(&database)
        .manager::<Ticket>()
        .build()
        .await
        .unwrap()
        .close()
        .await;
    database
        .execute(
            "CREATE FUNCTION open_titles() RETURNS TABLE (id bigint, title text) LANGUAGE sql STABLE AS 'SELECT id, title FROM tickets';
             CREATE VIEW open_tickets AS SELECT id, title FROM open_titles();
             CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
             CREATE TRIGGER write INSTEAD OF INSERT OR UPDATE OR DELETE ON open_tickets
                 FOR EACH ROW EXECUTE FUNCTION nothing()",
        )
        .await;
    let builder = replica(&database)
        .create_tables(false)
        .idempotency_retention(std::time::Duration::ZERO)
        .manager::<Ticket>()
        .expose::<OpenTicket>();
    let gm = builder.build().await.unwrap();
    let mut views = Subscriber::of::<OpenTicket>(&gm);
    Ticket::create(ticket("a")).exec(&gm).await.unwrap();
    assert_eq!(views.next().await, Change::refresh());
}
