//! One order of all events on every replica.

use futures_util::future::join_all;
use gm_runtime::change::{Action, Change, Event};
use gm_runtime::{GeneralManager, Gm};
use gm_tests::postgres::Database;

use super::{Subscriber, Ticket, change, replica, ticket};

/// The same table, by another id.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "tickets")]
struct TitledTicket {
    #[field(id)]
    title: String,
}

async fn pair(database: &Database) -> [Gm; 2] {
    let one = replica(database).expose::<Ticket>().build().await.unwrap();
    let other = replica(database).expose::<Ticket>().build().await.unwrap();
    [one, other]
}

#[tokio::test]
async fn every_replica_receives_the_writes_of_every_replica() {
    let database = Database::create().await;
    let gms = pair(&database).await;
    let mut subscribers = gms.each_ref().map(Subscriber::of::<Ticket>);
    for gm in &gms {
        let created = Ticket::create(ticket("a")).exec(gm).await.unwrap();
        created.update().title("b").exec(gm).await.unwrap();
        created.update().title("b").exec(gm).await.unwrap();
        created.delete(gm).await.unwrap();
    }
    let row = |id| [Action::Create, Action::Update, Action::Delete].map(|action| change(action, id));
    let expected = [row(1), row(2)].concat();
    for subscriber in &mut subscribers {
        assert_eq!(subscriber.received::<Ticket>(&gms[0]).await, expected);
    }
}

#[tokio::test]
async fn all_replicas_receive_all_events_in_one_order() {
    const WRITERS: usize = 8;
    const ROWS: usize = 25;
    let database = Database::create().await;
    let gms = pair(&database).await;
    let third = replica(&database).expose::<Ticket>().build().await.unwrap();
    let mut subscribers: Vec<_> = gms.iter().chain([&third]).map(Subscriber::of::<Ticket>).collect();
    let writers = (0..WRITERS).map(|writer| {
        let gm = gms[writer % 2].clone();
        async move {
            for number in 0..ROWS {
                let row = Ticket::create(ticket("a")).exec(&gm).await.unwrap();
                row.update().title(format!("{number}")).exec(&gm).await.unwrap();
                if number % 3 == 0 {
                    row.delete(&gm).await.unwrap();
                }
            }
        }
    });
    join_all(writers).await;
    let first = subscribers[0].received::<Ticket>(&third).await;
    assert_eq!(first.len(), WRITERS * (2 * ROWS + ROWS.div_ceil(3)));
    for subscriber in &mut subscribers[1..] {
        // The mark of the call above comes first.
        let received = subscriber
            .until(|last| *last == change(Action::Delete, super::MARK))
            .await;
        assert!(received == first, "another order");
    }
}

#[tokio::test]
async fn a_row_can_be_read_on_every_replica_once_its_event_is_received() {
    let database = Database::create().await;
    let [writer, reader] = pair(&database).await;
    let mut subscriber = Subscriber::of::<Ticket>(&reader);
    for number in 0..50 {
        let row = Ticket::create(ticket(&format!("{number}")))
            .exec(&writer)
            .await
            .unwrap();
        assert_eq!(subscriber.next().await, change(Action::Create, row.id));
        assert_eq!(Ticket::get(&reader, row.id).await.unwrap(), row);
    }
}

#[tokio::test]
async fn published_changes_and_refreshes_reach_every_replica_in_order() {
    let database = Database::create().await;
    let [one, other] = pair(&database).await;
    let mut subscribers = [&one, &other].map(Subscriber::of::<Ticket>);
    one.publish::<Ticket>(Event::Update(7)).unwrap();
    one.refresh::<Ticket>().unwrap();
    one.publish::<Ticket>(Event::Create(8)).unwrap();
    let expected = [
        change(Action::Update, 7),
        Change::refresh(),
        change(Action::Create, 8),
    ];
    for subscriber in &mut subscribers {
        assert_eq!(subscriber.received::<Ticket>(&one).await, expected);
    }
}

/// Each manager of a table receives a change under its own id.
#[tokio::test]
async fn managers_of_one_table_receive_changes_by_their_own_ids() {
    let database = Database::create().await;
    let builder = replica(&database).manager::<Ticket>().manager::<TitledTicket>();
    let gm = builder.build().await.unwrap();
    let mut by_id = Subscriber::of::<Ticket>(&gm);
    let mut by_title = Subscriber::of::<TitledTicket>(&gm);
    let created = Ticket::create(ticket("it's \"a\\\" ü")).exec(&gm).await.unwrap();
    assert_eq!(by_id.next().await, change(Action::Create, created.id));
    let title = gm_runtime::field::Value::Text("it's \"a\\\" ü".to_owned());
    assert_eq!(by_title.next().await, Change::row(Action::Create, title.clone()));
    created.delete(&gm).await.unwrap();
    assert_eq!(by_id.next().await, change(Action::Delete, created.id));
    assert_eq!(by_title.next().await, Change::row(Action::Delete, title));
}

#[tokio::test]
async fn a_replica_that_closes_publishes_its_last_write() {
    let database = Database::create().await;
    let [gm, _] = pair(&database).await;
    let mut subscriber = Subscriber::of::<Ticket>(&gm);
    let created = Ticket::create(ticket("a")).exec(&gm).await.unwrap();
    gm.close().await;
    assert_eq!(subscriber.next().await, change(Action::Create, created.id));
}

#[tokio::test]
async fn a_replica_that_closes_sends_what_it_published() {
    const CHANGES: i64 = 900;
    let database = Database::create().await;
    let [gm, other] = pair(&database).await;
    let mut subscriber = Subscriber::of::<Ticket>(&other);
    for id in 0..CHANGES {
        gm.publish::<Ticket>(Event::Update(id)).unwrap();
    }
    gm.close().await;
    for id in 0..CHANGES {
        assert_eq!(subscriber.next().await, change(Action::Update, id));
    }
}
