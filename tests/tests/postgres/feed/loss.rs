//! The loss of the change feed: subscribers are closed with 1013 and refused until it is back, and then everything is refreshed.

use std::time::{Duration, Instant};

use gm_runtime::Gm;
use gm_runtime::change::{Action, Change};
use gm_tests::conformance::Running;
use gm_tests::log;
use gm_tests::postgres::{Database, Mode, Proxy, Server, Shutdown};
use gm_tests::websocket::{Socket, handshake};

use super::{Subscriber, Ticket, change, replica, ticket};

/// So short that its loss is noticed soon.
const HEARTBEAT: Duration = Duration::from_secs(1);

const PATH: &str = "/internal/gm/ws/tickets?version=v1";

async fn serve(url: String) -> Running {
    let builder = Gm::builder().database(url).database_heartbeat(HEARTBEAT);
    Running::start(builder.expose::<Ticket>()).await.unwrap()
}

/// The status of a handshake, and the socket if it was accepted.
async fn subscribe(service: &Running) -> (u16, Socket) {
    let (response, socket) = Socket::open(service.address, &handshake(PATH)).await.unwrap();
    (response.status, socket)
}

/// A subscriber, once one is accepted.
async fn accepted(service: &Running) -> Socket {
    loop {
        match subscribe(service).await {
            (101, socket) => return socket,
            (status, _) => assert_eq!(status, 503),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn close_code(socket: &mut Socket) -> Option<u16> {
    socket.receive_past_pings().await.unwrap().close_code()
}

/// The backend that listens.
async fn listening(database: &Database) -> gm_tests::postgres::Backend {
    loop {
        if let [backend] = database
            .backends("query LIKE 'LISTEN%' OR query LIKE 'NOTIFY%'")
            .await[..]
        {
            return backend;
        }
    }
}

/// The connection of a stopped backend stays open.
#[tokio::test]
async fn a_silent_feed_closes_subscribers_within_the_promise_and_refuses_others() {
    // Of its own, since the server can create no database while a process is stopped.
    let server = Server::start();
    let database = server.database().await;
    let service = serve(database.url()).await;
    let mut socket = accepted(&service).await;
    let mut subscriber = Subscriber::of::<Ticket>(&service.gm);
    let stopped = listening(&database).await.stop();
    let since = Instant::now();
    assert_eq!(close_code(&mut socket).await, Some(1013));
    let taken = since.elapsed();
    // The last heartbeat was sent up to one interval before.
    assert!(taken >= HEARTBEAT / 2, "{taken:?}");
    assert_eq!(subscribe(&service).await.0, 503);
    // Writes and reads go on.
    let row = Ticket::create(ticket("a")).exec(&service.gm).await.unwrap();
    assert_eq!(Ticket::get(&service.gm, row.id).await.unwrap(), row);
    // The feed connects anew, without the stopped backend.
    let mut socket = accepted(&service).await;
    assert_eq!(subscriber.next().await, Change::refresh());
    drop(stopped);
    let row = Ticket::create(ticket("b")).exec(&service.gm).await.unwrap();
    assert_eq!(
        subscriber.received::<Ticket>(&service.gm).await,
        [change(Action::Create, row.id)]
    );
    let event = socket.receive_past_pings().await.unwrap().json();
    assert!(
        ["create", "refresh"].contains(&event["action"].as_str().unwrap()),
        "{event}"
    );
}

#[tokio::test]
async fn a_terminated_feed_closes_subscribers_and_refreshes_everything_once_it_is_back() {
    let database = Database::create().await;
    let service = serve(database.url()).await;
    let mut socket = accepted(&service).await;
    let mut subscriber = Subscriber::of::<Ticket>(&service.gm);
    listening(&database).await.terminate();
    assert_eq!(close_code(&mut socket).await, Some(1013));
    drop(accepted(&service).await);
    assert_eq!(subscriber.next().await, Change::refresh());
    let row = Ticket::create(ticket("a")).exec(&service.gm).await.unwrap();
    assert_eq!(
        subscriber.received::<Ticket>(&service.gm).await,
        [change(Action::Create, row.id)]
    );
}

/// Changes that were committed while no feed was there are a part of the refresh: it is published after the feed listens.
#[tokio::test]
async fn what_is_committed_without_the_feed_is_refreshed() {
    let database = Database::create().await;
    let proxy = Proxy::to(database.address());
    let service = serve(database.url_at(&proxy.address())).await;
    let other = replica(&database).manager::<Ticket>().build().await.unwrap();
    let mut socket = accepted(&service).await;
    let mut subscriber = Subscriber::of::<Ticket>(&service.gm);
    proxy.set(Mode::Stall);
    let row = Ticket::create(ticket("a")).exec(&other).await.unwrap();
    assert_eq!(close_code(&mut socket).await, Some(1013));
    proxy.cut().await;
    proxy.set(Mode::Forward);
    assert_eq!(subscriber.next().await, Change::refresh());
    assert_eq!(Ticket::get(&service.gm, row.id).await.unwrap(), row);
}

/// The server before stays, and its heartbeats, too. As by a name that is moved to another server.
#[tokio::test]
async fn the_feed_and_the_reads_follow_the_writes_to_another_server() {
    let (before, after) = (Server::start(), Server::start());
    let database = before.database().await;
    let (client, connection) = after.config().connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let create = format!("CREATE DATABASE {} TEMPLATE template0", database.name());
    client.batch_execute(&create).await.unwrap();
    let other = Gm::builder().database(database.url_at(&after.address()));
    let other = other.manager::<Ticket>().build().await.unwrap();
    let proxy = Proxy::to(database.address());
    let service = serve(database.url_at(&proxy.address())).await;
    let row = Ticket::create(ticket("before")).exec(&service.gm).await.unwrap();
    assert_eq!(Ticket::get(&service.gm, row.id).await.unwrap(), row);
    let mut socket = accepted(&service).await;
    let mut subscriber = Subscriber::of::<Ticket>(&service.gm);
    proxy.redirect_to(&after.address());
    let [writer] = database.backends("query LIKE '%INTO \"tickets\"%'").await[..] else {
        panic!("one writer")
    };
    writer.terminate();
    let gone = format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {}", writer.pid);
    database.until(&gone, "0").await;
    let row = loop {
        match Ticket::create(ticket("after")).exec(&service.gm).await {
            Ok(row) => break row,
            // The end of the connection may be noticed late.
            Err(error) => assert!(error.is_outcome_unknown(), "{error:?}"),
        }
    };
    assert_eq!(Ticket::get(&other, row.id).await.unwrap(), row);
    assert_eq!(Ticket::get(&service.gm, row.id).await.unwrap(), row);
    assert_eq!(close_code(&mut socket).await, Some(1013));
    drop(accepted(&service).await);
    subscriber.until(|change| *change == Change::refresh()).await;
    let row = Ticket::create(ticket("other")).exec(&other).await.unwrap();
    assert_eq!(
        subscriber.received::<Ticket>(&service.gm).await.last(),
        Some(&change(Action::Create, row.id))
    );
    let left = "SELECT count(*) FROM tickets";
    assert_eq!(
        database.value(left).await,
        "1",
        "nothing is written to the server before"
    );
}

#[tokio::test]
async fn a_server_that_restarts_closes_subscribers_and_everything_is_refreshed() {
    let mut server = Server::builder().start();
    let database = server.database().await;
    let service = serve(database.url()).await;
    for shutdown in [Shutdown::Fast, Shutdown::Immediate] {
        let mut socket = accepted(&service).await;
        let mut subscriber = Subscriber::of::<Ticket>(&service.gm);
        server.stop(shutdown);
        assert_eq!(close_code(&mut socket).await, Some(1013));
        assert_eq!(subscribe(&service).await.0, 503);
        server.start_again();
        drop(accepted(&service).await);
        assert_eq!(subscriber.next().await, Change::refresh());
    }
}

/// Changes that were announced without a connection are announced once it is back, for the other replicas.
#[tokio::test]
async fn changes_published_without_the_feed_are_sent_once_it_is_back() {
    let database = Database::create().await;
    let proxy = Proxy::to(database.address());
    let cut = Gm::builder()
        .database(database.url_at(&proxy.address()))
        .database_heartbeat(HEARTBEAT);
    let cut = cut.manager::<Ticket>().build().await.unwrap();
    let other = replica(&database).manager::<Ticket>().build().await.unwrap();
    let mut subscriber = Subscriber::of::<Ticket>(&other);
    let mut own = Subscriber::of::<Ticket>(&cut);
    proxy.set(Mode::Refuse);
    proxy.cut().await;
    cut.publish::<Ticket>(gm_runtime::change::Event::Update(7))
        .unwrap();
    proxy.set(Mode::Forward);
    assert_eq!(subscriber.next().await, change(Action::Update, 7));
    assert_eq!(own.next().await, Change::refresh());
    assert_eq!(own.next().await, change(Action::Update, 7));
}

/// The feed must not end in silence, with caches and subscribers that believe in it.
#[tokio::test]
async fn a_panic_of_the_application_in_the_task_of_the_feed_is_a_loss_like_others() {
    log::panic_once_at("other programs send");
    let database = Database::create().await;
    let gm = replica(&database).manager::<Ticket>().build().await.unwrap();
    let mut subscriber = Subscriber::of::<Ticket>(&gm);
    database.execute("NOTIFY gm, 'of another program'").await;
    assert_eq!(subscriber.next().await, Change::refresh());
    let row = Ticket::create(ticket("a")).exec(&gm).await.unwrap();
    assert_eq!(subscriber.next().await, change(Action::Create, row.id));
}
