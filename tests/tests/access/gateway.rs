//! A gateway judges its callers itself, on the cached answers of its owner.

use gm_runtime::access::Principal;
use gm_runtime::client::SubscriptionState;
use gm_runtime::query::Condition;
use gm_runtime::{GeneralManager, Gm, InvalidationClient, Manager as _};
use gm_tests::conformance::Running;
use serde_json::{Value as Json, json};

use super::service::{ADMIN, AGENT, BOB, Service, TIM, listed};
use super::ticket::GatewayTicket;

#[tokio::test]
async fn callers_share_the_cached_rows_and_not_what_they_see_of_them() {
    let service = Service::gateway().await;
    let gm = service.gm();
    let mut subscription = gm.subscription::<GatewayTicket>().unwrap();
    subscription.wait_for(SubscriptionState::is_live).await.unwrap();
    for (caller, expected) in [(TIM, vec![1, 3]), (BOB, vec![2, 4]), (TIM, vec![3, 1])] {
        let ordering = if expected == [3, 1] { "-title" } else { "id" };
        let answer = service.query(caller, json!({"ordering": ordering})).await;
        assert_eq!(listed(&answer).0, expected);
        assert!(answer.1["items"][0]["price"].is_null());
    }
    // One request reads every row, and the others are answered from it.
    assert_eq!(gm.cache_stats::<GatewayTicket>().unwrap().unwrap().misses, 1);
    for caller in [AGENT, ADMIN, AGENT] {
        let (_, answer) = service.query(caller, json!({})).await;
        let price = &answer["items"][0]["price"];
        assert_eq!(*price, if caller == ADMIN { json!(100) } else { Json::Null });
        let (_, row) = service.detail(caller, 1).await;
        let price = &row["items"][0]["price"];
        assert_eq!(*price, if caller == ADMIN { json!(100) } else { Json::Null });
    }
    service.stop().await;
}

/// The fields of a plan. The owner shows its author to administrators alone.
macro_rules! plan {
    ($(#[$attribute:meta])* $name:ident, [$($author:tt)*]) => {
        #[derive(Clone, Debug, PartialEq, GeneralManager)]
        $(#[$attribute])*
        struct $name {
            #[field(id)]
            id: i64,
            title: String,
            #[field($($author)*)]
            author: Option<String>,
        }
    };
}

plan!(
    #[database(table = "owned_plans")]
    #[permission(read = public, create = public, update = public, delete = public)]
    #[remote_api(
        base_path = "/owner",
        resource = "plans",
        allow_filter,
        allow_detail,
        allow_create,
        allow_update,
        allow_delete,
        websocket_invalidation
    )]
    OwnedPlan,
    [read = admin, write = admin]
);
plan!(
    #[remote_manager(
        base_url = "http://owner.test",
        base_path = "/owner",
        resource = "plans",
        websocket_invalidation
    )]
    #[permission(
        read = admin | is_null(author) | author != caller.name | own,
        create = public,
        update = is_null(author),
        delete = !(author == caller.name)
    )]
    #[remote_api(
        resource = "plans",
        allow_filter,
        allow_detail,
        allow_create,
        allow_update,
        allow_delete,
        websocket_invalidation
    )]
    GatewayPlan,
    [blank]
);

fn own(_: &Principal) -> Condition<GatewayPlan> {
    GatewayPlan::FIELDS.author.is_null(true).into()
}

/// The gateway's own token may lose the right to read a field. If that were null, rules would accept every row.
#[tokio::test]
async fn a_field_that_the_owner_leaves_out_is_unknown_and_not_null() {
    for is_admin in [false, true] {
        let plan = |id, author: Option<&str>| OwnedPlan {
            id,
            title: "plan".to_owned(),
            author: author.map(str::to_owned),
        };
        let gateway = Principal::named("gateway");
        let gateway = if is_admin { gateway.as_admin() } else { gateway };
        let owner = Gm::builder().in_memory_with([plan(1, Some("tim")), plan(2, None)]);
        let owner = owner.accept_bearer_token("token", gateway).expose::<OwnedPlan>();
        let owner = Running::start(owner).await.unwrap();
        let builder = Gm::builder()
            .base_url("http://owner.test", format!("http://{}", owner.address))
            .bearer_token("token");
        let service = Service::start("gateway", builder.expose::<GatewayPlan>()).await;
        let mut subscription = service.gm().subscription::<GatewayPlan>().unwrap();
        subscription.wait_for(SubscriptionState::is_live).await.unwrap();
        let send = async |caller, method: &str, place: &str, body: Json| {
            let path = format!("/gm/plans{place}");
            service.send(caller, method, &path, &body).await
        };

        // The author of plan 2 is null, and that of plan 1 is the caller.
        let seen: &[i64] = if is_admin { &[2] } else { &[] };
        for (caller, seen) in [(TIM, seen), (ADMIN, &[1, 2])] {
            let listing = json!({"ordering": "id"});
            // Once more, from the cache.
            for _ in 0..2 {
                let answer = send(caller, "POST", "/query", listing.clone()).await;
                assert_eq!(
                    listed(&answer),
                    (seen.to_vec(), Some(seen.len() as u64)),
                    "{is_admin}"
                );
                for id in 1..=2 {
                    let answer = send(caller, "GET", &format!("/{id}"), Json::Null).await;
                    assert_eq!(
                        answer.0,
                        if seen.contains(&id) { 200 } else { 404 },
                        "{is_admin} {id}"
                    );
                }
            }
        }
        // The administrator sees the rows, and the rules for writes are not met either.
        let refused = if is_admin { 200 } else { 403 };
        for (caller, hidden) in [(TIM, if is_admin { 200 } else { 404 }), (ADMIN, refused)] {
            let answer = send(caller, "PATCH", "/2", json!({"title": "x"})).await;
            assert_eq!(answer.0, hidden, "{is_admin} {answer:?}");
        }
        let created = send(TIM, "POST", "", json!({"title": "new"})).await;
        let shown = created.1["items"].as_array().unwrap().len();
        assert_eq!((created.0, shown), (201, usize::from(is_admin)), "{created:?}");
        for (caller, hidden) in [
            (TIM, if is_admin { 200 } else { 404 }),
            (ADMIN, if is_admin { 404 } else { 403 }),
        ] {
            let answer = send(caller, "DELETE", "/2", Json::Null).await;
            assert_eq!(answer.0, hidden, "{is_admin} {answer:?}");
        }
        service.stop().await;
        owner.stop().await.unwrap();
    }
}

plan!(
    #[remote_manager(base_url = "http://middle.test", base_path = "/owner", resource = "plans")]
    #[permission(read = public)]
    #[remote_api(base_path = "/middle", resource = "plans", allow_filter, allow_detail)]
    MiddlePlan,
    [blank]
);
plan!(
    #[remote_manager(base_url = "http://owner.test", base_path = "/middle", resource = "plans")]
    #[permission(read = is_null(author))]
    #[remote_api(resource = "plans", allow_filter, allow_detail)]
    LastPlan,
    [blank]
);

/// A gateway without rules for rows does not make a null of a field that it never received.
#[tokio::test]
async fn a_field_that_the_owner_leaves_out_stays_unknown_behind_several_gateways() {
    let plan = OwnedPlan {
        id: 1,
        title: "plan".to_owned(),
        author: Some("tim".to_owned()),
    };
    let owner = Gm::builder().in_memory_with([plan]).expose::<OwnedPlan>();
    let owner = Running::start(owner).await.unwrap();
    let middle = Gm::builder().base_url("http://middle.test", format!("http://{}", owner.address));
    let middle = Service::start("gateway", middle.expose::<MiddlePlan>()).await;
    let last = Gm::builder().base_url("http://owner.test", format!("http://{}", middle.address()));
    let last = Service::start("gateway", last.expose::<LastPlan>()).await;
    let (status, row) = middle.send(TIM, "GET", "/middle/plans/1", &Json::Null).await;
    assert_eq!(
        (status, &row["items"]),
        (200, &json!([{"id": 1, "title": "plan"}]))
    );
    let answer = last.send(TIM, "POST", "/gm/plans/query", &json!({})).await;
    assert_eq!(listed(&answer), (vec![], Some(0)));
    assert_eq!(last.send(TIM, "GET", "/gm/plans/1", &Json::Null).await.0, 404);
    last.stop().await;
    middle.stop().await;
    owner.stop().await.unwrap();
}

/// The events of the owner name each row, and a client of the application gets them as they are.
#[tokio::test]
async fn a_handle_that_acts_as_a_caller_gets_no_events_of_the_owner_past_the_rules() {
    let service = Service::gateway().await;
    let tim = Principal::named("tim").with_claim("tenant", 1);
    let tim = service.gm().acting_as(tim);
    let refused = InvalidationClient::new(&tim).manager::<GatewayTicket>();
    assert!(refused.unwrap_err().is_permission_denied());
    assert!(
        InvalidationClient::new(service.gm())
            .manager::<GatewayTicket>()
            .is_ok()
    );
    service.stop().await;
}
