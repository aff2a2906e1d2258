//! Writes of callers: which rows they may write, the order of the refusals, and what the replies show.

use gm_runtime::{GeneralManager, Gm};
use serde_json::{Value as Json, json};

use super::service::{
    ADMIN, ANONYMOUS, BOB, NINA, STRANGER, Service, TEXT_TENANT, TIM, ids, listed, on_each_storage, refusal,
};

const MISSING: i64 = 99;
const NOT_FOUND: (u16, &str) = (404, "not_found");
const DENIED: (u16, &str) = (403, "permission_denied");

on_each_storage! {
    a_create_is_judged_by_the_new_row,
    an_update_is_judged_by_the_row_before_and_after,
    a_delete_is_judged_by_the_row,
    a_missing_row_comes_before_a_denied_one_and_this_before_wrong_values,
    a_caller_without_rows_is_denied_each_write_without_a_look_at_the_row,
}

async fn a_create_is_judged_by_the_new_row(services: Vec<Service>) {
    for service in services {
        let body = |tenant: i64| json!({"tenant": tenant, "title": "new"});
        let (status, created) = service.create(TIM, body(1)).await;
        assert_eq!(
            (status, &created["items"][0]["tenant"]),
            (201, &json!(1)),
            "{}",
            service.storage
        );
        for (caller, tenant) in [(TIM, 2), (STRANGER, 1), (TEXT_TENANT, 1), (ANONYMOUS, 1)] {
            let denied = service.create(caller, body(tenant)).await;
            assert_eq!(refusal(&denied), DENIED, "{}", service.storage);
            assert_eq!(denied.1["details"], Json::Null);
        }
        let all = service.query(ADMIN, json!({})).await;
        assert_eq!(listed(&all).1, Some(5), "{}", service.storage);
        service.stop().await;
    }
}

async fn an_update_is_judged_by_the_row_before_and_after(services: Vec<Service>) {
    for service in services {
        let (status, updated) = service.update(TIM, 1, json!({"title": "scanner"})).await;
        assert_eq!(
            (status, &updated["items"][0]["title"]),
            (200, &json!("scanner")),
            "{}",
            service.storage
        );
        // Tim may not give the ticket away, and may not take one.
        for (id, assignee) in [(1, "bob"), (3, "tim")] {
            let denied = service.update(TIM, id, json!({"assignee": assignee})).await;
            assert_eq!(refusal(&denied), DENIED, "{}", service.storage);
        }
        let (status, moved) = service.update(ADMIN, 2, json!({"tenant": 1})).await;
        assert_eq!((status, ids(&moved)), (200, vec![2]), "{}", service.storage);
        let (_, seen) = service.detail(TIM, 2).await;
        assert_eq!(seen["items"][0]["title"], json!("secret plan"));
        service.stop().await;
    }
}

async fn a_delete_is_judged_by_the_row(services: Vec<Service>) {
    for service in services {
        for (caller, id, expected) in [
            (TIM, 3, DENIED),
            (TIM, 2, NOT_FOUND),
            (TIM, 4, NOT_FOUND),
            (TIM, MISSING, NOT_FOUND),
            (BOB, 1, NOT_FOUND),
        ] {
            let refused = service.delete(caller, id).await;
            assert_eq!(refusal(&refused), expected, "{} {id}", service.storage);
        }
        let (status, deleted) = service.delete(TIM, 1).await;
        assert_eq!((status, ids(&deleted)), (200, vec![]), "{}", service.storage);
        assert_eq!(listed(&service.query(TIM, json!({})).await), (vec![3], Some(1)));
        service.stop().await;
    }
}

async fn a_missing_row_comes_before_a_denied_one_and_this_before_wrong_values(services: Vec<Service>) {
    for service in services {
        let bodies = [
            json!({"title": "fine"}),
            json!({"title": 7}),
            json!({"title": "a title that is longer than twenty characters"}),
            json!({"no_such_field": 1}),
            json!({"price": 1}),
            json!({"created_by": "tim"}),
            json!({}),
        ];
        for body in bodies {
            for id in [2, 4, MISSING] {
                let missing = service.update(TIM, id, body.clone()).await;
                assert_eq!(refusal(&missing), NOT_FOUND, "{} {id} {body}", service.storage);
            }
            let denied = service.update(TIM, 3, body.clone()).await;
            assert_eq!(refusal(&denied), DENIED, "{} {body}", service.storage);
            assert_eq!(denied.1["details"], Json::Null, "{} {body}", service.storage);
        }
        let wrong = service.update(TIM, 1, json!({"title": 7})).await;
        assert_eq!(refusal(&wrong), (400, "validation_error"), "{}", service.storage);
        service.stop().await;
    }
}

async fn a_caller_without_rows_is_denied_each_write_without_a_look_at_the_row(services: Vec<Service>) {
    for service in services {
        for caller in [ANONYMOUS, NINA] {
            let denied = service.update(caller, MISSING, json!({"title": 7})).await;
            assert_eq!(
                service.update(caller, 1, json!({"title": 7})).await,
                denied,
                "{}",
                service.storage
            );
        }
        // The rule compares with the name, and an anonymous caller has none.
        let denied = service.update(ANONYMOUS, 1, json!({"title": "x"})).await;
        assert_eq!(refusal(&denied), DENIED, "{}", service.storage);
        service.stop().await;
    }
}

/// Rows that their writer may not be able to read.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "notes")]
#[permission(read = owner == caller.name, create = authenticated, update = authenticated, delete = nobody)]
#[remote_api(
    resource = "notes",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete
)]
struct Note {
    #[field(id)]
    id: i64,
    owner: String,
}

#[tokio::test]
async fn a_reply_shows_the_row_only_to_a_caller_that_may_read_it() {
    let builder = Gm::builder().database("sqlite::memory:").expose::<Note>();
    let service = Service::start("SQLite", builder).await;
    let of_bob = service
        .send(TIM, "POST", "/gm/notes", &json!({"owner": "bob"}))
        .await;
    assert_eq!((of_bob.0, ids(&of_bob.1)), (201, vec![]));
    let own = service
        .send(TIM, "POST", "/gm/notes", &json!({"owner": "tim"}))
        .await;
    assert_eq!((own.0, ids(&own.1)), (201, vec![2]));
    let gone = service
        .send(TIM, "PATCH", "/gm/notes/2", &json!({"owner": "bob"}))
        .await;
    assert_eq!((gone.0, ids(&gone.1)), (200, vec![]));
    let gone = service.send(TIM, "PATCH", "/gm/notes/2", &json!({})).await;
    assert_eq!(refusal(&gone), NOT_FOUND);
    // `nobody` is false whatever the row.
    for id in [1, 2, MISSING] {
        let path = format!("/gm/notes/{id}");
        let denied = service.send(TIM, "DELETE", &path, &Json::Null).await;
        assert_eq!(refusal(&denied), DENIED);
    }
    service.stop().await;
}
