//! What a caller could infer of hidden rows and fields by what it sends, and by what storage holds that no rule expects.

use gm_runtime::access::Principal;
use gm_runtime::client::SubscriptionState;
use gm_runtime::query::Condition;
use gm_runtime::{GeneralManager, Gm, GmBuilder};
use gm_tests::marker::{self, Marker};
use gm_tests::postgres::Database;
use gm_tests::websocket::{Socket, handshake};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::service::{AGENT, BOB, Headers, Service, TIM, listed, refusal};
use super::shelf::Shelf;
use super::ticket::GatewayTicket;

/// The fields of an offer, whose price only administrators read and change.
macro_rules! offer {
    ($(#[$attribute:meta])* $name:ident) => {
        #[derive(Clone, Debug, PartialEq, GeneralManager)]
        $(#[$attribute])*
        #[permission(
            read = !(tenant in caller.claim("tenant")),
            create = nobody,
            update(before = authenticated, after = !changed(price) | admin),
            delete = nobody,
        )]
        #[remote_api(resource = "offers", allow_filter, allow_detail, allow_update, websocket_invalidation)]
        struct $name {
            #[field(id)]
            id: i64,
            tenant: i64,
            title: String,
            #[field(read = admin)]
            price: Option<i64>,
        }
    };
}

offer!(
    #[database(table = "offers")]
    Offer
);
offer!(
    #[manager(interface = Shelf<ShelfOffer>)]
    ShelfOffer
);

/// Makes tests of each function, which have services with offers as the parameter: on Postgres, and on every other storage.
macro_rules! on_offers {
    ($($name:ident),* $(,)?) => {
        mod on_each_storage {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(super::offers().await).await;
                }
            )*
        }

        mod on_postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    let database = super::Database::create().await;
                    super::$name(vec![super::offers_in("Postgres", &database.url()).await]).await;
                }
            )*
        }
    };
}

on_offers! {
    the_opposite_of_a_list_with_a_member_of_another_type_is_false,
    a_field_that_may_not_be_read_is_changed_by_each_update_that_has_it,
    a_change_of_hidden_fields_alone_is_no_event,
}

async fn with_offers(storage: &'static str, builder: GmBuilder) -> Service {
    let service = Service::start(storage, builder.expose::<Offer>()).await;
    for tenant in 1..=3 {
        let title = "offer".to_owned();
        let create = Offer::create(OfferCreate { tenant, title }).price(tenant * 100);
        create.exec(service.gm()).await.unwrap();
    }
    service
}

async fn offers_in(storage: &'static str, url: &str) -> Service {
    with_offers(storage, Gm::builder().database(url).manager::<Marker>()).await
}

async fn offers() -> Vec<Service> {
    let memory = Gm::builder().in_memory::<Offer>().in_memory::<Marker>();
    let shelf = Gm::builder().in_memory::<Marker>().expose::<ShelfOffer>();
    let shelf = Service::start("own storage", shelf).await;
    for tenant in 1..=3 {
        let title = "offer".to_owned();
        let create = ShelfOffer::create(ShelfOfferCreate { tenant, title }).price(tenant * 100);
        create.exec(shelf.gm()).await.unwrap();
    }
    vec![
        with_offers("memory", memory).await,
        offers_in("SQLite", "sqlite::memory:").await,
        shelf,
    ]
}

async fn offers_of(service: &Service, caller: Headers) -> Vec<i64> {
    let answer = service.send(caller, "POST", "/gm/offers/query", &json!({})).await;
    listed(&answer).0
}

/// A member that can't be read may mean any value, and the opposite of the comparison must not be met by it.
async fn the_opposite_of_a_list_with_a_member_of_another_type_is_false(services: Vec<Service>) {
    for service in services {
        let blocked: Headers = &[("x-user", "tim"), ("x-tenant", "[1, 2]")];
        assert_eq!(offers_of(&service, blocked).await, [3], "{}", service.storage);
        for claim in [r#"["1", 2]"#, "[null, 2]", "[1.0, 2]", "[[1], 2]"] {
            let headers = Box::leak(Box::new([("x-user", "tim"), ("x-tenant", claim)]));
            assert!(
                offers_of(&service, headers).await.is_empty(),
                "{} {claim}",
                service.storage
            );
        }
        service.stop().await;
    }
}

/// A caller that may not read a field could try values for it until one is no change.
async fn a_field_that_may_not_be_read_is_changed_by_each_update_that_has_it(services: Vec<Service>) {
    for service in services {
        let caller: Headers = &[("x-user", "tim"), ("x-tenant", "[2]")];
        let update = async |caller: Headers, body: Json| {
            let answer = service.send(caller, "PATCH", "/gm/offers/1", &body).await;
            (answer.0, answer.1["items"][0]["price"].clone())
        };
        for guess in [json!(100), json!(101), Json::Null] {
            let body = json!({"price": guess, "title": "new"});
            assert_eq!(update(caller, body).await.0, 403, "{} {guess}", service.storage);
        }
        assert_eq!(update(caller, json!({"title": "new"})).await.0, 200);
        let admin: Headers = &[("x-user", "root"), ("x-admin", "yes"), ("x-tenant", "[2]")];
        let changed = update(admin, json!({"price": 150})).await;
        assert_eq!(changed, (200, json!(150)), "{}", service.storage);
        service.stop().await;
    }
}

/// A missing row is never cached, and a hidden one must not be answered faster.
#[tokio::test]
async fn a_gateway_asks_its_owner_for_a_hidden_row_as_often_as_for_a_missing_one() {
    let service = Service::gateway().await;
    let gm = service.gm();
    let mut subscription = gm.subscription::<GatewayTicket>().unwrap();
    subscription.wait_for(SubscriptionState::is_live).await.unwrap();
    let misses = || gm.cache_stats::<GatewayTicket>().unwrap().unwrap().misses;
    for id in [2, 99] {
        // A caller that may read the row has it cached.
        let (_, _) = service.detail(BOB, id).await;
        for _ in 0..3 {
            let before = misses();
            let hidden = service.detail(TIM, id).await;
            assert_eq!(refusal(&hidden), (404, "not_found"));
            assert_eq!(misses() - before, 1, "{id}");
        }
    }
    // A row in sight is answered from the cache.
    service.detail(TIM, 1).await;
    let before = misses();
    assert_eq!(service.detail(TIM, 1).await.0, 200);
    assert_eq!(misses(), before);
    service.stop().await;
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "files")]
#[permission(read = !(secret == true) & level != caller.claim("tenant"), update = public, delete = public)]
#[remote_api(resource = "files", allow_filter, allow_detail, allow_update, allow_delete)]
struct File {
    #[field(id)]
    id: i64,
    title: String,
    #[field(read = admin)]
    secret: bool,
    #[field(read = admin)]
    level: i64,
}

/// Another program wrote a value that the rule can't judge, into a field that the answer does not have.
#[tokio::test]
async fn a_row_whose_rule_can_not_be_judged_is_not_shown() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("files.db");
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch(
            "CREATE TABLE files (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, secret INTEGER NOT NULL, level INTEGER NOT NULL);
             INSERT INTO files (title, secret, level) VALUES
             ('open', 0, 5), ('secret', 1, 5), ('secret', 'yes', 5), ('secret', 0, 'high'), ('secret', 2, 5);",
        )
        .unwrap();
    let builder = Gm::builder().database(format!("sqlite://{}", path.display()));
    let service = Service::start("SQLite", builder.expose::<File>()).await;
    for body in [json!({}), json!({"ordering": "-id", "page": 1, "page_size": 1})] {
        let answer = service.send(TIM, "POST", "/gm/files/query", &body).await;
        assert_eq!(listed(&answer), (vec![1], Some(1)), "{body}");
    }
    for id in [2, 3, 4, 5] {
        let path = format!("/gm/files/{id}");
        let hidden = service.send(TIM, "GET", &path, &Json::Null).await;
        assert_eq!(refusal(&hidden), (404, "not_found"), "{id}");
        // What is wrong with the write does not matter.
        for body in [json!({"title": "x"}), json!({"title": 7}), json!({"unknown": 1})] {
            let hidden = service.send(TIM, "PATCH", &path, &body).await;
            assert_eq!(refusal(&hidden), (404, "not_found"), "{id} {body}");
        }
    }
    service.stop().await;
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "notes_view")]
#[permission(read = owner == caller.name | owner in caller.groups)]
#[remote_api(resource = "notes", allow_filter, allow_detail)]
struct Note {
    #[field(id)]
    id: String,
    owner: String,
}

/// A view has the collations of its tables. By another one, a caller could choose a name that equals the name of another caller.
#[tokio::test]
async fn names_that_differ_in_their_case_are_different_callers_also_in_a_view() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notes.db");
    let other = rusqlite::Connection::open(&path).unwrap();
    let view = |owner: &str| {
        other
            .execute_batch(&format!(
                "DROP VIEW IF EXISTS notes_view;
                 CREATE VIEW notes_view AS SELECT id, {owner} FROM notes;
                 CREATE TRIGGER adds INSTEAD OF INSERT ON notes_view BEGIN SELECT 1; END;
                 CREATE TRIGGER changes INSTEAD OF UPDATE ON notes_view BEGIN SELECT 1; END;
                 CREATE TRIGGER removes INSTEAD OF DELETE ON notes_view BEGIN SELECT 1; END;"
            ))
            .unwrap();
    };
    other
        .execute_batch(
            "CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, owner TEXT NOT NULL COLLATE NOCASE, tag TEXT NOT NULL COLLATE RTRIM);
             INSERT INTO notes VALUES ('a', 'tim', 'tim'), ('b', 'agents', 'agents');",
        )
        .unwrap();
    let builder = || Gm::builder().database(format!("sqlite://{}", path.display()));
    for owner in ["owner", "tag AS owner"] {
        view(owner);
        let refused = builder().expose::<Note>().build().await.unwrap_err().to_string();
        assert!(refused.contains("`owner COLLATE BINARY AS owner`"), "{refused}");
    }
    view("owner COLLATE BINARY AS owner");
    let service = Service::start("SQLite", builder().expose::<Note>()).await;
    let query = async |caller: Headers, body: Json| {
        let answer = service.send(caller, "POST", "/gm/notes/query", &body).await;
        answer.1["total_count"].clone()
    };
    assert_eq!(query(TIM, json!({})).await, 1);
    assert_eq!(query(AGENT, json!({})).await, 1);
    assert_eq!(
        query(&[("x-user", "TIM"), ("x-group", "AGENTS")], json!({})).await,
        0
    );
    assert_eq!(query(TIM, json!({"filters": {"owner": "TIM"}})).await, 0);
    service.stop().await;
}

fn panics(caller: &Principal) -> Condition<Trap> {
    assert_ne!(caller.name(), Some("tim"), "the rule panics");
    Condition::always()
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "traps")]
#[permission(read = self::panics, create = self::panics, update = self::panics, delete = self::panics)]
#[remote_api(
    resource = "traps",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    websocket_invalidation
)]
struct Trap {
    #[field(id)]
    id: i64,
    title: String,
}

#[tokio::test]
async fn a_rule_that_panics_allows_nothing() {
    let builder = Gm::builder().in_memory::<Trap>().expose::<Trap>();
    let service = Service::start("memory", builder).await;
    let title = || "new".to_owned();
    Trap::create(TrapCreate { title: title() })
        .exec(service.gm())
        .await
        .unwrap();
    for (method, path, body) in [
        ("POST", "/gm/traps/query", json!({})),
        ("GET", "/gm/traps/1", Json::Null),
        ("POST", "/gm/traps", json!({"title": "x"})),
        ("PATCH", "/gm/traps/1", json!({"title": "x"})),
        ("DELETE", "/gm/traps/1", Json::Null),
    ] {
        let (status, answer) = service.send(TIM, method, path, &body).await;
        assert_eq!(status, 500, "{method} {answer}");
        assert_eq!(answer["error"], json!("Internal server error."));
    }
    let answer = service.send(AGENT, "GET", "/gm/traps/1", &Json::Null).await;
    assert_eq!(answer.1["items"][0]["title"], json!("new"));
    service.stop().await;
}

async fn subscribe(service: &Service, resource: &str, caller: Headers) -> Socket {
    let mut handshake = handshake(&format!("/gm/ws/{resource}"));
    for (name, value) in caller {
        handshake = handshake.header(name, value);
    }
    let (response, socket) = Socket::open(service.address(), &handshake).await.unwrap();
    assert_eq!(response.status, 101);
    socket
}

async fn events(socket: &mut Socket) -> Vec<(Json, Json)> {
    let frames = socket.pending().await.unwrap();
    let events = frames.iter().map(|frame| frame.json());
    events
        .map(|event| (event["action"].clone(), event["identification"]["id"].clone()))
        .collect()
}

/// The time of an event would tell when a field changes that the subscriber may not read.
async fn a_change_of_hidden_fields_alone_is_no_event(services: Vec<Service>) {
    for service in services {
        let caller: Headers = &[("x-user", "tim"), ("x-tenant", "[2]")];
        let admin: Headers = &[("x-user", "root"), ("x-admin", "yes"), ("x-tenant", "[2]")];
        marker::published(service.gm()).await;
        let mut socket = subscribe(&service, "offers", caller).await;
        let mut admins = subscribe(&service, "offers", admin).await;
        for body in [json!({"price": 150}), json!({"price": 160, "title": "new"})] {
            let (status, answer) = service.send(admin, "PATCH", "/gm/offers/1", &body).await;
            assert_eq!(status, 200, "{answer}");
        }
        marker::published(service.gm()).await;
        let event = (json!("update"), json!(1));
        assert_eq!(
            events(&mut socket).await,
            std::slice::from_ref(&event),
            "{}",
            service.storage
        );
        assert_eq!(
            events(&mut admins).await,
            [event.clone(), event],
            "{}",
            service.storage
        );
        service.stop().await;
    }
}
