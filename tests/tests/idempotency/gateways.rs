//! A gateway hands the keys of its callers on.

use gm_runtime::{GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::raw::Request;

use crate::{Storage, create, is_replayed, request, send, titles, twice};

/// The notes of the owner, served again, with a rule about rows.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "notes")]
#[permission(read = version < 100, create = public, update = public, delete = public)]
#[remote_api(
    resource = "notes",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete
)]
struct GatewayNote {
    #[field(id)]
    id: i64,
    title: String,
    place: Option<i64>,
    #[field(version)]
    version: i64,
}

async fn gateway_to(owner: &Running) -> Running {
    let builder = Gm::builder()
        .base_url("http://owner.test", format!("http://{}", owner.address))
        .bearer_token("of-ada")
        .accept_bearer_token("of-ada", "ada")
        .accept_bearer_token("of-tim", "tim")
        .expose::<GatewayNote>();
    Running::start(builder).await.unwrap()
}

#[tokio::test]
async fn a_key_holds_through_a_gateway_and_its_replicas() {
    let owner = Storage::Database(Box::new(gm_tests::database::TestDatabase::sqlite()))
        .serve()
        .await;
    let (gateway, replica) = (gateway_to(&owner).await, gateway_to(&owner).await);
    // The gateway's first request, so that it does not know what the owner announces.
    let first = send(&gateway, &create("a", "k")).await;
    assert_eq!((first.status, is_replayed(&first)), (201, false), "{first:?}");
    assert!(
        first
            .header("x-general-manager-features")
            .unwrap()
            .contains("idempotency")
    );
    for service in [&gateway, &replica] {
        let again = send(service, &create("a", "k")).await;
        assert_eq!((again.status, is_replayed(&again)), (201, true));
        assert_eq!(again.json()["items"], first.json()["items"]);
        let other = send(service, &create("b", "k")).await;
        assert_eq!(
            (other.status, &other.json()["error_code"]),
            (422, &"idempotency_mismatch".into())
        );
    }
    // The gateway's callers are one caller of the owner, and have keys of their own all the same.
    let of_tim = request("POST", "/gm/notes", "tim", "k").json(r#"{"title": "a"}"#);
    let of_tim = send(&gateway, &of_tim).await;
    assert_eq!((of_tim.status, is_replayed(&of_tim)), (201, false));
    assert_eq!(titles(&owner).await, ["a", "a"]);

    let update = request("PATCH", "/gm/notes/1", "ada", "k2")
        .header("If-Match", "\"1\"")
        .json(r#"{"title": "b"}"#)
        .header("X-Request-ID", "one");
    let updated = send(&gateway, &update).await;
    let again = send(&replica, &update).await;
    assert_eq!((again.status, &again.body), (updated.status, &updated.body));
    assert!(is_replayed(&again));
    let delete = request("DELETE", "/gm/notes/1", "ada", "k3");
    assert_eq!(send(&gateway, &delete).await.status, 200);
    let again = send(&replica, &delete).await;
    assert_eq!((again.status, is_replayed(&again)), (200, true), "{again:?}");
    for service in [gateway, replica, owner] {
        service.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_gateway_to_an_owner_without_the_extension_refuses_a_key() {
    let builder = Storage::Memory
        .builder()
        .idempotency_retention(std::time::Duration::ZERO);
    let owner = Running::start(builder).await.unwrap();
    let gateway = gateway_to(&owner).await;
    let refused = send(&gateway, &create("a", "k")).await;
    assert_eq!(refused.status, 400, "{refused:?}");
    assert!(titles(&owner).await.is_empty());
    let plain = Request::new("POST", "/gm/notes").json(r#"{"title": "a"}"#);
    assert_eq!(send(&gateway, &plain).await.status, 201);
    let features = send(&gateway, &plain).await;
    assert!(
        !features
            .header("x-general-manager-features")
            .unwrap()
            .contains("idempotency")
    );
    gateway.stop().await.unwrap();
    owner.stop().await.unwrap();
}

#[tokio::test]
async fn the_same_key_twice_at_the_owner_is_the_answer_of_one() {
    let owner = Storage::Database(Box::new(gm_tests::database::TestDatabase::sqlite()))
        .serve()
        .await;
    let gateway = gateway_to(&owner).await;
    // The answer of the gateway itself.
    assert_eq!(send(&gateway, &create("a", "k")).await.status, 201);
    // The owner's callers have other keys than those of the gateway.
    assert_eq!(twice(&owner, &create("a", "k")).await.0, 201);
    assert_eq!(titles(&owner).await, ["a", "a"]);
    gateway.stop().await.unwrap();
    owner.stop().await.unwrap();
}
