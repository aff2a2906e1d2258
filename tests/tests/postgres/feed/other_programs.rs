//! Sessions of other programs, and poolers.

use gm_runtime::change::Action;
use gm_tests::postgres::Database;

use super::{Subscriber, Ticket, change, replica, ticket};

/// Another service in another schema of the database has a table of the same name.
#[tokio::test]
async fn tables_of_the_same_name_in_other_schemas_are_told_apart() {
    let database = Database::create().await;
    database.execute("CREATE SCHEMA blue; CREATE SCHEMA green").await;
    let url = |schema: &str| format!("{}?options=-csearch_path%3D{schema}", database.url());
    let build = |schema: &str| {
        gm_runtime::Gm::builder()
            .database(url(schema))
            .manager::<Ticket>()
            .build()
    };
    let (blue, green) = (build("blue").await.unwrap(), build("green").await.unwrap());
    let (mut blues, mut greens) = (Subscriber::of::<Ticket>(&blue), Subscriber::of::<Ticket>(&green));
    let row = Ticket::create(ticket("a")).exec(&blue).await.unwrap();
    assert_eq!(
        blues.received::<Ticket>(&blue).await,
        [change(Action::Create, row.id)]
    );
    assert_eq!(greens.received::<Ticket>(&green).await, []);
    assert_eq!(database.value("SELECT count(*) FROM blue.tickets").await, "1");
}

/// A lock of the table delays the change, and not those of other tables.
#[tokio::test]
async fn a_renamed_table_is_followed_until_the_next_start() {
    let database = Database::create().await;
    let gm = replica(&database).manager::<Ticket>().build().await.unwrap();
    let mut subscriber = Subscriber::of::<Ticket>(&gm);
    let row = Ticket::create(ticket("a")).exec(&gm).await.unwrap();
    database
        .execute("ALTER TABLE tickets RENAME TO old_tickets; ALTER TABLE old_tickets RENAME TO tickets")
        .await;
    row.update().title("b").exec(&gm).await.unwrap();
    let expected = [Action::Create, Action::Update].map(|action| change(action, row.id));
    assert_eq!(subscriber.received::<Ticket>(&gm).await, expected);
}
