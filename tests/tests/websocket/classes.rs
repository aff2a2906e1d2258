//! The events of managers whose rows are not for every caller: what each subscriber receives, and what it never learns.

use std::collections::HashSet;
use std::sync::Mutex;

use futures_util::{FutureExt as _, StreamExt as _};
use gm_runtime::access::Principal;
use gm_runtime::change::{Action, Event};
use gm_runtime::field::Value;
use gm_runtime::manager::Manager as _;
use gm_runtime::query::Condition;
use gm_runtime::{Error, GeneralManager, Gm, GmBuilder, Rows};
use gm_tests::conformance::Running;
use gm_tests::database::TestDatabase;
use gm_tests::marker::{self, Marker};
use gm_tests::websocket::{Socket, handshake};
use serde_json::{Value as Json, json};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "tickets")]
#[permission(read = admin | tenant == caller.claim("tenant"))]
#[remote_api(resource = "tickets", allow_filter, allow_detail, websocket_invalidation)]
struct Ticket {
    #[field(id)]
    id: i64,
    tenant: i64,
    title: String,
}

/// The tenants that members may see, by the names of the members.
static MEMBERSHIPS: Mutex<Vec<(String, i64)>> = Mutex::new(Vec::new());

fn of_members(caller: &Principal) -> Condition<Team> {
    let memberships = MEMBERSHIPS.lock().unwrap();
    let own = memberships.iter().filter(|(name, _)| caller.name() == Some(name));
    own.fold(Condition::never(), |any, (_, tenant)| {
        any | Team::FIELDS.tenant.eq(*tenant)
    })
}

fn grant(name: &str, tenants: &[i64]) {
    let mut memberships = MEMBERSHIPS.lock().unwrap();
    memberships.retain(|(known, _)| known != name);
    memberships.extend(tenants.iter().map(|tenant| (name.to_owned(), *tenant)));
}

/// Its rule looks at something else than its rows.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "teams")]
#[permission(read = of_members)]
#[remote_api(resource = "teams", allow_filter, websocket_invalidation)]
struct Team {
    #[field(id)]
    id: i64,
    tenant: i64,
}

fn tenant(tenant: i64) -> Principal {
    Principal::named(format!("tenant-{tenant}")).with_claim("tenant", tenant)
}

fn accepting(builder: GmBuilder) -> GmBuilder {
    let builder = builder.accept_bearer_token("root", Principal::named("root").as_admin());
    let builder = ["ada", "bob"]
        .into_iter()
        .fold(builder, |builder, name| builder.accept_bearer_token(name, name));
    (1..=2).fold(builder, |builder, number| {
        builder.accept_bearer_token(format!("tenant-{number}"), tenant(number))
    })
}

gm_tests::on_each_database! {
    a_delete_reaches_only_the_callers_that_saw_the_row,
    a_row_that_leaves_the_sight_of_a_caller_is_deleted_for_it,
    after_the_grants_changed_each_socket_is_judged_anew,
}

async fn serve(database: &TestDatabase) -> Running {
    let builder = Gm::builder().database(database.url()).manager::<Marker>();
    Running::start(accepting(builder).expose::<Ticket>().expose::<Team>())
        .await
        .unwrap()
}

async fn subscribe(service: &Running, resource: &str, token: &str) -> Socket {
    let handshake = handshake(&format!("/gm/ws/{resource}"));
    let handshake = handshake.header("Authorization", &format!("Bearer {token}"));
    let (response, socket) = Socket::open(service.address, &handshake).await.unwrap();
    assert_eq!(response.status, 101);
    socket
}

/// The events of the writes so far.
async fn received_by_now(service: &Running, socket: &mut Socket) -> Vec<(String, Json)> {
    marker::published(&service.gm).await;
    received(socket).await
}

/// The pending events: the action, and the id.
async fn received(socket: &mut Socket) -> Vec<(String, Json)> {
    let frames = socket.pending().await.unwrap();
    let event = |frame: &gm_tests::websocket::Frame| {
        assert_eq!(frame.close_code(), None);
        let event = frame.json();
        let action = event["action"].as_str().unwrap().to_owned();
        (action, event["identification"]["id"].clone())
    };
    frames.iter().map(event).collect()
}

fn events(events: &[(&str, i64)]) -> Vec<(String, Json)> {
    let event = |(action, id): &(&str, i64)| ((*action).to_owned(), json!(id));
    events.iter().map(event).collect()
}

fn refresh() -> Vec<(String, Json)> {
    vec![("refresh".to_owned(), Json::Null)]
}

async fn create(gm: &Gm, tenant: i64) -> i64 {
    let title = "Printer".to_owned();
    let ticket = Ticket::create(TicketCreate { tenant, title });
    ticket.exec(gm).await.unwrap().id
}

async fn create_team(gm: &Gm, tenant: i64) -> i64 {
    Team::create(TeamCreate { tenant }).exec(gm).await.unwrap().id
}

async fn move_to(gm: &Gm, id: i64, tenant: i64) {
    let moved = Ticket::by_id(id).update().tenant(tenant);
    moved.exec(gm).await.unwrap();
}

/// Supabase sends the id of a deleted row to every subscriber of the table.
async fn a_delete_reaches_only_the_callers_that_saw_the_row(database: TestDatabase) {
    let service = serve(&database).await;
    let id = create(&service.gm, 1).await;
    marker::published(&service.gm).await;
    let mut sockets = Vec::new();
    for token in ["root", "tenant-1", "tenant-2"] {
        sockets.push(subscribe(&service, "tickets", token).await);
    }
    Ticket::by_id(id).delete(&service.gm).await.unwrap();
    assert_eq!(
        received_by_now(&service, &mut sockets[0]).await,
        events(&[("delete", id)])
    );
    assert_eq!(
        received_by_now(&service, &mut sockets[1]).await,
        events(&[("delete", id)])
    );
    assert_eq!(received_by_now(&service, &mut sockets[2]).await, []);
    service.stop().await.unwrap();
}

/// PocketBase judges an update by the new row only, so a copy of a row that leaves the sight of its reader stays.
async fn a_row_that_leaves_the_sight_of_a_caller_is_deleted_for_it(database: TestDatabase) {
    let service = serve(&database).await;
    let id = create(&service.gm, 1).await;
    marker::published(&service.gm).await;
    let mut admin = subscribe(&service, "tickets", "root").await;
    let mut first = subscribe(&service, "tickets", "tenant-1").await;
    let mut second = subscribe(&service, "tickets", "tenant-2").await;
    for tenant in [2, 3, 1] {
        move_to(&service.gm, id, tenant).await;
    }
    let renamed = Ticket::by_id(id).update().title("Scanner");
    renamed.exec(&service.gm).await.unwrap();
    let of_first = [("delete", id), ("create", id), ("update", id)];
    assert_eq!(received_by_now(&service, &mut first).await, events(&of_first));
    let of_second = [("create", id), ("delete", id)];
    assert_eq!(received_by_now(&service, &mut second).await, events(&of_second));
    assert_eq!(
        received_by_now(&service, &mut admin).await,
        events(&[("update", id); 4])
    );
    service.stop().await.unwrap();
}

/// Electric never synchronizes the delete of rows that a cascade deletes in the same transaction (#4004). SQLite does not name
/// these rows.
#[tokio::test]
async fn rows_that_a_cascade_deletes_are_a_refresh_for_callers_of_some_rows() {
    #[derive(Clone, Debug, GeneralManager)]
    #[database(table = "accounts")]
    struct Account {
        #[field(id)]
        id: i64,
        name: String,
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("owner.db");
    let connection = rusqlite::Connection::open(&file).unwrap();
    let tables = "
        CREATE TABLE accounts (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, name TEXT NOT NULL) STRICT;
        CREATE TABLE tickets (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
            tenant INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE, title TEXT NOT NULL) STRICT;
        INSERT INTO accounts (name) VALUES ('one'); INSERT INTO tickets (tenant, title) VALUES (1, 'Printer')";
    connection.execute_batch(tables).unwrap();
    let builder = Gm::builder().database(format!("sqlite://{}", file.display()));
    let builder = accepting(builder).manager::<Account>().expose::<Ticket>();
    let service = Running::start(builder).await.unwrap();
    let mut first = subscribe(&service, "tickets", "tenant-1").await;
    Account::by_id(1).delete(&service.gm).await.unwrap();
    assert_eq!(received(&mut first).await, refresh());
    let caller = service.gm.acting_as(tenant(1));
    assert_eq!(Ticket::count(&caller).await.unwrap(), 0);
    service.stop().await.unwrap();
}

/// Redis named changed keys to clients that may not read them (#15371). Here also if it is unknown who may read the row, and
/// if a queue overflows.
#[tokio::test]
async fn no_subscriber_receives_the_id_of_a_row_that_it_never_saw() {
    let builder = Gm::builder().in_memory::<Ticket>().subscriber_queue(4);
    let service = Running::start(accepting(builder).expose::<Ticket>())
        .await
        .unwrap();
    let mut first = subscribe(&service, "tickets", "tenant-1").await;
    let mut seen = HashSet::new();
    for round in 0..60_i64 {
        let id = create(&service.gm, round % 3).await;
        if round % 3 == 1 {
            seen.insert(id);
        }
        match round % 5 {
            0 => service.gm.publish::<Ticket>(Event::Update(id)).unwrap(),
            1 => service.gm.publish::<Ticket>(Event::Delete(id)).unwrap(),
            2 => move_to(&service.gm, id, 5).await,
            3 => Ticket::by_id(id).delete(&service.gm).await.unwrap(),
            _ => service.gm.refresh::<Ticket>().unwrap(),
        }
        // The socket is read only now and then, so its queue overflows.
        if round % 7 == 0 {
            for (action, id) in received(&mut first).await {
                assert_eq!(action == "refresh", id.is_null());
                assert!(id.as_i64().is_none_or(|id| seen.contains(&id)), "{action} {id}");
            }
        }
    }
    service.stop().await.unwrap();
}

async fn after_the_grants_changed_each_socket_is_judged_anew(database: TestDatabase) {
    let service = serve(&database).await;
    grant("ada", &[1]);
    grant("bob", &[1]);
    marker::published(&service.gm).await;
    let mut ada = subscribe(&service, "teams", "ada").await;
    let mut bob = subscribe(&service, "teams", "bob").await;
    let first = create_team(&service.gm, 1).await;
    assert_eq!(
        received_by_now(&service, &mut ada).await,
        events(&[("create", first)])
    );
    assert_eq!(
        received_by_now(&service, &mut bob).await,
        events(&[("create", first)])
    );
    grant("ada", &[2]);
    grant("bob", &[]);
    service.gm.grants_changed::<Team>().unwrap();
    create_team(&service.gm, 1).await;
    assert_eq!(received_by_now(&service, &mut ada).await, refresh());
    let second = create_team(&service.gm, 2).await;
    create_team(&service.gm, 1).await;
    assert_eq!(
        received_by_now(&service, &mut ada).await,
        events(&[("create", second)])
    );
    assert_eq!(bob.receive().await.unwrap().close_code(), Some(4401));
    bob.ended().await.unwrap();
    let refused = handshake("/gm/ws/teams").header("Authorization", "Bearer bob");
    let (_, mut refused) = Socket::open(service.address, &refused).await.unwrap();
    assert_eq!(refused.receive().await.unwrap().close_code(), Some(4401));
    service.stop().await.unwrap();
}

/// `on_change` and `changes` of a handle that acts as a caller.
#[tokio::test]
async fn listeners_and_streams_of_a_caller_receive_what_its_websocket_does() {
    let gm = Gm::builder().in_memory::<Ticket>().build().await.unwrap();
    let caller = gm.acting_as(tenant(1));
    let (sender, listened) = std::sync::mpsc::channel();
    let _subscription = caller
        .on_change::<Ticket>(move |change| {
            assert!(
                !format!("{change:?}").contains("Printer"),
                "a log would show rows"
            );
            sender.send((change.action(), change.id().cloned())).unwrap();
        })
        .unwrap();
    let mut changes = Ticket::changes(&caller);
    let mut every_change = Ticket::changes(&gm);
    let id = create(&gm, 2).await;
    create(&gm, 2).await;
    for tenant in [1, 3, 2] {
        move_to(&gm, id, tenant).await;
    }
    Ticket::by_id(id).delete(&gm).await.unwrap();
    gm.publish::<Ticket>(Event::Update(id)).unwrap();
    for event in [Event::Create(id), Event::Delete(id), Event::refresh()] {
        assert_eq!(changes.next().await.unwrap().unwrap(), event);
        let id = event.id().map(|id| Value::Integer(*id));
        assert_eq!(listened.try_recv().unwrap(), (event.action(), id));
    }
    assert!(changes.next().now_or_never().is_none());
    assert!(listened.try_recv().is_err());
    let mut all = 0;
    while every_change.next().now_or_never().is_some() {
        all += 1;
    }
    assert_eq!(all, 7);
}

#[tokio::test]
async fn a_live_query_of_a_caller_follows_the_rows_in_its_sight() {
    let gm = Gm::builder().in_memory::<Ticket>().build().await.unwrap();
    let id = create(&gm, 2).await;
    let mut watch = Ticket::query().watch(&gm.acting_as(tenant(1)));
    assert_eq!(watch.next().await.unwrap().unwrap().len(), 0);
    for (tenant, rows) in [(1, 1), (2, 0)] {
        move_to(&gm, id, tenant).await;
        assert_eq!(watch.next().await.unwrap().unwrap().len(), rows);
    }
}

#[tokio::test]
async fn after_the_grants_changed_streams_and_live_queries_are_judged_anew() {
    let gm = Gm::builder().in_memory::<Team>().build().await.unwrap();
    grant("carol", &[1]);
    let carol = gm.acting_as(Principal::named("carol"));
    for tenant in [1, 2] {
        create_team(&gm, tenant).await;
    }
    let mut changes = Team::changes(&carol);
    let mut watch = Team::query().watch(&carol);
    let tenants = |rows: Rows<Team>| rows.iter().map(|team| team.tenant).collect::<Vec<_>>();
    assert_eq!(tenants(watch.next().await.unwrap().unwrap()), [1]);
    grant("carol", &[2]);
    gm.grants_changed::<Team>().unwrap();
    assert_eq!(tenants(watch.next().await.unwrap().unwrap()), [2]);
    let first = changes.next().await.unwrap().unwrap();
    assert_eq!(first.action(), Action::Refresh);
    create_team(&gm, 1).await;
    let in_sight = create_team(&gm, 2).await;
    assert_eq!(changes.next().await.unwrap().unwrap(), Event::Create(in_sight));
    assert!(changes.next().now_or_never().is_none());
    grant("carol", &[]);
    gm.grants_changed::<Team>().unwrap();
    let denied = changes.next().await.unwrap().unwrap_err();
    assert!(matches!(denied, Error::PermissionDenied { .. }), "{denied}");
    assert!(changes.next().await.is_none());
}

#[tokio::test]
async fn one_caller_does_not_take_the_websockets_of_others() {
    let builder = Gm::builder().in_memory::<Ticket>();
    let builder = accepting(builder).max_subscribers_per_principal(2);
    let service = Running::start(builder.expose::<Ticket>()).await.unwrap();
    let first = subscribe(&service, "tickets", "tenant-1").await;
    let _second = subscribe(&service, "tickets", "tenant-1").await;
    let third = handshake("/gm/ws/tickets").header("Authorization", "Bearer tenant-1");
    let (response, _) = Socket::open(service.address, &third).await.unwrap();
    assert_eq!(
        (response.status, response.header("retry-after")),
        (429, Some("30"))
    );
    subscribe(&service, "tickets", "tenant-2").await;
    drop(first);
    // The slot is free once the service has noticed the disconnection.
    loop {
        let (response, _) = Socket::open(service.address, &third).await.unwrap();
        if response.status == 101 {
            break;
        }
        tokio::task::yield_now().await;
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn anonymous_callers_of_one_address_are_one_caller() {
    let service = super::serve(|builder| builder.max_subscribers_per_principal(1)).await;
    let _first = super::subscribe(&service, super::PROJECTS).await;
    let second = handshake(super::PROJECTS);
    let (response, _) = Socket::open(service.address, &second).await.unwrap();
    assert_eq!(response.status, 429);
    service.stop().await.unwrap();
}
