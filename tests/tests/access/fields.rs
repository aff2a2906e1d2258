//! Fields that only some callers may read or write.

use gm_runtime::{GeneralManager, Gm};
use serde_json::{Value as Json, json};

use super::service::{ADMIN, AGENT, Service, TIM, on_each_storage, refusal};

fn keys(item: &Json) -> Vec<&str> {
    let mut keys: Vec<_> = item.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

const READABLE: [&str; 7] = [
    "assignee",
    "changed_by",
    "code",
    "created_by",
    "id",
    "tenant",
    "title",
];

on_each_storage! {
    fields_that_may_not_be_read_are_left_out_of_every_answer,
    a_field_that_may_not_be_written_is_named,
}

async fn fields_that_may_not_be_read_are_left_out_of_every_answer(services: Vec<Service>) {
    for service in services {
        // Answers for several callers in turn, since none may be that of another one.
        for _ in 0..2 {
            let (_, of_admin) = service.query(ADMIN, json!({"filters": {"id": 1}})).await;
            assert_eq!(of_admin["items"][0]["price"], json!(100), "{}", service.storage);
            assert_eq!(of_admin["items"][0]["badge"], json!("b1"), "{}", service.storage);
            for caller in [AGENT, TIM] {
                let (_, listed) = service.query(caller, json!({"filters": {"id": 1}})).await;
                assert_eq!(keys(&listed["items"][0]), READABLE, "{}", service.storage);
                let (_, row) = service.detail(caller, 1).await;
                assert_eq!(keys(&row["items"][0]), READABLE, "{}", service.storage);
            }
            let (_, row) = service.detail(ADMIN, 1).await;
            assert_eq!(row["items"][0]["price"], json!(100), "{}", service.storage);
        }
        let (_, updated) = service.update(TIM, 1, json!({"title": "new"})).await;
        assert_eq!(keys(&updated["items"][0]), READABLE, "{}", service.storage);
        let (_, created) = service
            .create(TIM, json!({"tenant": 1, "title": "x", "badge": "z"}))
            .await;
        assert_eq!(keys(&created["items"][0]), READABLE, "{}", service.storage);
        let (_, created) = service
            .detail(ADMIN, created["items"][0]["id"].as_i64().unwrap())
            .await;
        assert_eq!(created["items"][0]["badge"], json!("z"), "{}", service.storage);
        service.stop().await;
    }
}

async fn a_field_that_may_not_be_written_is_named(services: Vec<Service>) {
    for service in services {
        let bodies = [
            json!({"price": 5}),
            json!({"price": "wrong"}),
            json!({"price": 5, "unknown": 1}),
        ];
        for body in bodies {
            let denied = service.update(TIM, 1, body.clone()).await;
            assert_eq!(
                refusal(&denied),
                (403, "permission_denied"),
                "{} {body}",
                service.storage
            );
            assert_eq!(
                denied.1["details"]["field"],
                json!("price"),
                "{} {body}",
                service.storage
            );
        }
        let body = json!({"tenant": 1, "title": "x", "price": null});
        let denied = service.create(TIM, body).await;
        assert_eq!(
            refusal(&denied),
            (403, "permission_denied"),
            "{}",
            service.storage
        );
        let (status, updated) = service.update(ADMIN, 1, json!({"price": 5})).await;
        assert_eq!(
            (status, &updated["items"][0]["price"]),
            (200, &json!(5)),
            "{}",
            service.storage
        );
        service.stop().await;
    }
}

/// A field that a caller can neither read nor give, and that a new row needs.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "orders")]
#[permission(read = public, create = public, update = public)]
#[remote_api(resource = "orders", allow_filter, allow_create, allow_update)]
struct Order {
    #[field(id)]
    id: i64,
    name: String,
    #[field(read = admin, write = admin)]
    budget: i64,
    #[field(read = admin, max_length = 3)]
    password: String,
}

#[tokio::test]
async fn errors_do_not_name_fields_that_the_caller_may_not_read() {
    let builder = Gm::builder().database("sqlite::memory:").expose::<Order>();
    let service = Service::start("SQLite", builder).await;
    let create = async |body: Json| service.send(TIM, "POST", "/gm/orders", &body).await;
    let refused = create(json!({"name": "x", "password": "abc"})).await;
    assert_eq!(refusal(&refused), (400, "validation_error"));
    assert!(!refused.1.to_string().contains("budget"), "{}", refused.1);
    // Of a field that the caller gave, it learns what is wrong.
    let refused = create(json!({"password": "too long"})).await;
    let text = refused.1.to_string();
    assert!(
        text.contains("password") && text.contains("name") && !text.contains("budget"),
        "{text}"
    );
    let denied = create(json!({"name": "x", "password": "abc", "budget": 1})).await;
    assert_eq!(denied.1["details"]["field"], json!("budget"));
    service.stop().await;
}
