//! What a row is in the midst of a transaction is no concern of the subscribers: a row that is in sight neither before nor after it is
//! not announced.

use gm_runtime::{Error, Gm};
use gm_tests::marker::{self, Marker};
use gm_tests::websocket::{Socket, handshake};
use serde_json::{Value as Json, json};

use super::service::{ADMIN, AGENT, Headers, Service, TIM};
use super::ticket::{Ticket, TicketCreate};

async fn open(service: &Service, caller: Headers) -> Socket {
    let request = caller
        .iter()
        .fold(handshake("/gm/ws/tickets"), |request, (name, value)| {
            request.header(name, value)
        });
    let (response, socket) = Socket::open(service.address(), &request).await.unwrap();
    assert_eq!(response.status, 101);
    socket
}

/// The actions and ids of the events since the last call.
async fn received(service: &Service, socket: &mut Socket) -> Vec<(String, i64)> {
    marker::published(service.gm()).await;
    let frames = socket.pending().await.unwrap();
    let events = frames.iter().map(|frame| {
        let event = frame.json();
        let action = event["action"].as_str().unwrap().to_owned();
        (action, event["identification"]["id"].as_i64().unwrap_or_default())
    });
    events.collect()
}

fn event(action: &str, id: i64) -> (String, i64) {
    (action.to_owned(), id)
}

fn ticket(tenant: i64) -> TicketCreate {
    TicketCreate {
        tenant,
        title: "new".to_owned(),
    }
}

async fn passes_through_sight(service: Service) {
    let storage = service.storage;
    let gm = service.gm();
    // Postgres delivers the events of the first tickets later than it answers their creates.
    marker::published(gm).await;
    let (mut tim, mut agent) = (open(&service, TIM).await, open(&service, AGENT).await);
    let move_to = async |tx: &Gm, id: i64, tenant: i64| {
        let moved = Ticket::by_id(id).update().tenant(tenant).exec(tx).await?;
        Ok::<_, Error>(moved.id)
    };
    // Ticket 2 is hidden before and after.
    let done = gm.transaction(async |tx| {
        move_to(&tx, 2, 1).await?;
        move_to(&tx, 2, 2).await
    });
    done.await.unwrap();
    assert_eq!(received(&service, &mut tim).await, [], "{storage}");
    // Nothing is different. Postgres does not compare the row before the transaction with the one behind it.
    let harmless = received(&service, &mut agent).await;
    assert!(
        harmless.is_empty() || harmless == [event("update", 2)],
        "{storage} {harmless:?}"
    );
    // Created in sight, and moved out of it.
    let created = gm.transaction(async |tx| {
        let created = Ticket::create(ticket(1)).created_by("seed").exec(&tx).await?;
        move_to(&tx, created.id, 2).await
    });
    let created = created.await.unwrap();
    assert_eq!(received(&service, &mut tim).await, [], "{storage}");
    assert_eq!(
        received(&service, &mut agent).await,
        [event("create", created)],
        "{storage}"
    );
    // Moved into sight, and deleted.
    let done = gm.transaction(async |tx| {
        move_to(&tx, created, 1).await?;
        Ticket::by_id(created).delete(&tx).await
    });
    done.await.unwrap();
    assert_eq!(received(&service, &mut tim).await, [], "{storage}");
    assert_eq!(
        received(&service, &mut agent).await,
        [event("delete", created)],
        "{storage}"
    );
    // Created and deleted, with another row that stays.
    let stays = gm.transaction(async |tx| {
        let gone = Ticket::create(ticket(1)).created_by("seed").exec(&tx).await?;
        let stays = Ticket::create(ticket(1)).created_by("seed").exec(&tx).await?;
        gone.delete(&tx).await?;
        Ok::<_, Error>(stays.id)
    });
    let stays = stays.await.unwrap();
    assert_eq!(
        received(&service, &mut tim).await,
        [event("create", stays)],
        "{storage}"
    );
    // In sight before, and not after. The last step alone is out of sight.
    let done = gm.transaction(async |tx| {
        move_to(&tx, stays, 2).await?;
        Ticket::by_id(stays).update().title("moved").exec(&tx).await
    });
    done.await.unwrap();
    assert_eq!(
        received(&service, &mut tim).await,
        [event("delete", stays)],
        "{storage}"
    );
    // Many rows, whose tenant is changed at once and back.
    let done = gm.transaction(async |tx| {
        let raise = Ticket::filter(|t| t.id.is_in([2, 4]));
        raise.update_all().tenant(1).exec(&tx).await?;
        raise.update_all().tenant(2).exec(&tx).await
    });
    assert_eq!(done.await.unwrap(), 2);
    assert_eq!(received(&service, &mut tim).await, [], "{storage}");
    // By a batch over the wire.
    let batch = json!({"operations": [
        {"resource": "tickets", "operation": "create", "values": {"tenant": 1, "title": "x"}},
        {"resource": "tickets", "operation": "update", "id": {"$result": 0, "field": "id"}, "values": {"tenant": 2}},
        {"resource": "tickets", "operation": "update", "id": 4, "values": {"tenant": 1}},
        {"resource": "tickets", "operation": "update", "id": 4, "values": {"tenant": 2}},
    ]});
    let (status, answer) = service.send(ADMIN, "POST", "/gm/_batch", &batch).await;
    assert_eq!(status, 200, "{storage} {answer}");
    assert_eq!(received(&service, &mut tim).await, [], "{storage}");
    let seen = service.query(TIM, Json::from(serde_json::Map::new())).await;
    assert_eq!(seen.1["total_count"], 2, "{storage}");
    service.stop().await;
}

/// So many rows are one refresh. One of them is written alone in the same transaction, before or behind.
async fn passes_through_sight_with_many(service: Service) {
    let (storage, gm) = (service.storage, service.gm());
    let mut tickets = Vec::new();
    for _ in 0..70 {
        let created = Ticket::create(ticket(2)).created_by("seed").exec(gm).await;
        tickets.push(created.unwrap().id);
    }
    marker::published(gm).await;
    let mut tim = open(&service, TIM).await;
    let all = Ticket::filter(|t| t.id.is_in(tickets.clone()));
    let refreshed = |events: &[(String, i64)]| {
        let refresh = event("refresh", 0);
        !events.is_empty() && events.iter().all(|received| *received == refresh)
    };
    // In sight in the midst alone.
    let behind = gm.transaction(async |tx| {
        all.update_all().tenant(1).exec(&tx).await?;
        Ticket::by_id(tickets[0]).update().tenant(2).exec(&tx).await
    });
    behind.await.unwrap();
    let events = received(&service, &mut tim).await;
    assert!(refreshed(&events), "{storage} {events:?}");
    let before = gm.transaction(async |tx| {
        Ticket::by_id(tickets[0]).update().tenant(1).exec(&tx).await?;
        all.update_all().tenant(2).exec(&tx).await
    });
    before.await.unwrap();
    let events = received(&service, &mut tim).await;
    assert!(refreshed(&events), "{storage} {events:?}");
    // Many rows match, and one of them changes.
    let few = gm.transaction(async |tx| {
        Ticket::by_id(tickets[0]).update().tenant(3).exec(&tx).await?;
        let few = all.update_all().tenant(2).exec(&tx).await?;
        Ticket::by_id(tickets[0]).update().tenant(1).exec(&tx).await?;
        all.update_all().tenant(2).exec(&tx).await?;
        Ok::<_, Error>(few)
    });
    assert_eq!(few.await.unwrap(), 1);
    let events = received(&service, &mut tim).await;
    assert_eq!(events, [], "{storage}");
    service.stop().await;
}

#[tokio::test]
async fn a_row_that_passes_through_sight_in_a_transaction_is_not_announced() {
    let memory = async || Service::memory_with(|builder| builder.in_memory::<Marker>()).await;
    let sqlite = async || Service::sqlite_with(|builder| builder.manager::<Marker>()).await;
    for service in [memory().await, sqlite().await] {
        passes_through_sight(service).await;
    }
    for service in [memory().await, sqlite().await] {
        passes_through_sight_with_many(service).await;
    }
}

#[tokio::test]
async fn a_row_that_passes_through_sight_in_a_transaction_is_not_announced_in_postgres() {
    let postgres = async || Service::postgres_with(|builder| builder.manager::<Marker>()).await;
    passes_through_sight(postgres().await).await;
    passes_through_sight_with_many(postgres().await).await;
}
