//! Fields that are filled with an attribute of the caller.

use gm_runtime::change::{Action, Change, Subscription};
use gm_runtime::{Error, GeneralManager, Gm};
use serde_json::{Value as Json, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::service::{ADMIN, ANONYMOUS, Service, TIM, ids, on_each_storage, principal, refusal};
use super::ticket::{GatewayTicket, OwnedTicket, ShelfTicket, Ticket};

on_each_storage! {
    a_preset_is_filled_in_and_can_not_be_sent,
    a_preset_on_update_is_filled_in_at_each_update,
    an_update_that_changes_nothing_else_writes_nothing,
    a_preset_does_not_tell_whether_a_hidden_field_has_a_value,
}

async fn a_preset_is_filled_in_and_can_not_be_sent(services: Vec<Service>) {
    for service in services {
        let (status, created) = service.create(TIM, json!({"tenant": 1, "title": "new"})).await;
        assert_eq!(status, 201, "{} {created}", service.storage);
        assert_eq!(
            created["items"][0]["created_by"],
            json!("tim"),
            "{}",
            service.storage
        );
        assert_eq!(
            created["items"][0]["changed_by"],
            Json::Null,
            "{}",
            service.storage
        );
        let body = json!({"tenant": 1, "title": "new", "created_by": "bob"});
        let refused = service.create(TIM, body).await;
        assert_eq!(refusal(&refused), (400, "invalid_request"), "{}", service.storage);
        assert_eq!(
            refused.1["details"]["field"],
            json!("created_by"),
            "{}",
            service.storage
        );
        for body in [json!({"created_by": "bob"}), json!({"changed_by": "bob"})] {
            let refused = service.update(TIM, 1, body).await;
            assert_eq!(refusal(&refused), (400, "invalid_request"), "{}", service.storage);
        }
        service.stop().await;
    }
}

async fn a_preset_on_update_is_filled_in_at_each_update(services: Vec<Service>) {
    for service in services {
        let (_, updated) = service.update(TIM, 1, json!({"title": "new"})).await;
        let item = &updated["items"][0];
        assert_eq!(
            (&item["created_by"], &item["changed_by"]),
            (&json!("seed"), &json!("tim")),
            "{}",
            service.storage
        );
        let (_, updated) = service.update(ADMIN, 1, json!({"title": "newer"})).await;
        assert_eq!(
            updated["items"][0]["changed_by"],
            json!("root"),
            "{}",
            service.storage
        );
        service.stop().await;
    }
}

/// The actions of the changes from now on.
fn changes(service: &Service) -> (UnboundedReceiver<Action>, Subscription) {
    let (sender, actions) = unbounded_channel();
    let send = move |change: &Change| {
        let _ = sender.send(change.action());
    };
    let gm = service.gm();
    let subscription = match service.storage {
        "own storage" => gm.on_change::<ShelfTicket>(send),
        "gateway" => service.owner().on_change::<OwnedTicket>(send),
        _ => gm.on_change::<Ticket>(send),
    };
    (actions, subscription.unwrap())
}

/// Publishes an event that comes after those of every earlier write.
fn refresh(service: &Service) {
    let refreshed = match service.storage {
        "own storage" => service.gm().refresh::<ShelfTicket>(),
        "gateway" => service.owner().refresh::<OwnedTicket>(),
        _ => service.gm().refresh::<Ticket>(),
    };
    refreshed.unwrap();
}

async fn an_update_that_changes_nothing_else_writes_nothing(services: Vec<Service>) {
    for service in services {
        let (mut changes, _subscription) = changes(&service);
        // On Postgres the events of the first rows may be on their way.
        refresh(&service);
        while changes.recv().await != Some(Action::Refresh) {}
        for body in [json!({}), json!({"title": "printer"})] {
            let (status, unchanged) = service.update(TIM, 1, body).await;
            assert_eq!((status, ids(&unchanged)), (200, vec![1]), "{}", service.storage);
            assert_eq!(
                unchanged["items"][0]["changed_by"],
                Json::Null,
                "{}",
                service.storage
            );
        }
        service.update(TIM, 1, json!({"title": "other"})).await;
        refresh(&service);
        assert_eq!(changes.recv().await, Some(Action::Update), "{}", service.storage);
        assert_eq!(changes.recv().await, Some(Action::Refresh), "{}", service.storage);
        service.stop().await;
    }
}

/// Tim may write the badge and not read it. He would otherwise try values: `changed_by` would stay null for the stored one.
async fn a_preset_does_not_tell_whether_a_hidden_field_has_a_value(services: Vec<Service>) {
    for service in services {
        let mut answers = Vec::new();
        // The first one is the stored value, and then the other one is.
        for badge in ["b1", "other", "other"] {
            let (status, mut updated) = service.update(TIM, 1, json!({"badge": badge})).await;
            assert_eq!(status, 200, "{} {updated}", service.storage);
            updated.as_object_mut().unwrap().remove("request_id");
            answers.push(updated["items"].take());
        }
        assert_eq!(answers[0][0]["changed_by"], json!("tim"), "{}", service.storage);
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        service.stop().await;
    }
}

/// Rows that need a name and a tenant of the caller.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "messages")]
#[permission(read = public, create = public)]
#[remote_api(resource = "messages", allow_filter, allow_create)]
struct Message {
    #[field(id)]
    id: i64,
    text: String,
    #[field(preset = caller.name)]
    author: String,
    #[field(preset = caller.claim("tenant"))]
    tenant: Option<i64>,
}

#[tokio::test]
async fn a_caller_without_the_attribute_is_denied_unless_the_field_may_be_null() {
    let builder = Gm::builder().database("sqlite::memory:").expose::<Message>();
    let service = Service::start("SQLite", builder).await;
    let create = async |caller| {
        let body = json!({"text": "hello"});
        service.send(caller, "POST", "/gm/messages", &body).await
    };
    assert_eq!(refusal(&create(ANONYMOUS).await), (403, "permission_denied"));
    let (_, created) = create(TIM).await;
    assert_eq!(created["items"][0]["tenant"], json!(1));
    for caller in [super::service::STRANGER, super::service::TEXT_TENANT] {
        let (status, created) = create(caller).await;
        assert_eq!((status, &created["items"][0]["tenant"]), (201, &Json::Null));
    }
    service.stop().await;
}

#[tokio::test]
async fn the_services_own_code_sets_a_preset_as_any_field() {
    let service = Service::memory().await;
    let gm = service.gm();
    let create = || {
        Ticket::create(super::ticket::TicketCreate {
            tenant: 1,
            title: "own".to_owned(),
        })
    };
    let missing = create().exec(gm).await.unwrap_err();
    assert_eq!(missing.field_errors()[0].field(), Some("created_by"));
    assert_eq!(
        create().created_by("import").exec(gm).await.unwrap().created_by,
        "import"
    );
    let tim = gm.acting_as(principal(TIM));
    assert_eq!(create().exec(&tim).await.unwrap().created_by, "tim");
    let refused = create().created_by("bob").exec(&tim).await.unwrap_err();
    assert!(matches!(refused, Error::Invalid { .. }), "{refused:?}");
    service.stop().await;
}

/// A gateway without the rows of its own sends the preset to the owner.
#[tokio::test]
async fn a_gateway_sends_the_preset_to_its_owner() {
    let service = Service::gateway().await;
    let (_, created) = service.create(TIM, json!({"tenant": 1, "title": "new"})).await;
    let id = created["items"][0]["id"].as_i64().unwrap();
    let owned = super::ticket::OwnedTicket::get(service.owner(), id)
        .await
        .unwrap();
    assert_eq!(owned.created_by, "tim");
    assert_eq!(
        GatewayTicket::get(service.gm(), id).await.unwrap().created_by,
        "tim"
    );
    service.stop().await;
}
