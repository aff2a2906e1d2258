//! A field that a caller may write and not read: no write tells whether a value is the stored one.

use gm_runtime::{GeneralManager, Gm};
use serde_json::json;

use super::service::{Service, TIM, refusal};

#[derive(Clone, Debug, PartialEq, GeneralManager, garde::Validate)]
#[database(table = "documents")]
#[manager(validate)]
#[permission(read = public, update = public)]
#[remote_api(resource = "documents", allow_detail, allow_update)]
struct Document {
    #[field(id)]
    #[garde(skip)]
    id: i64,
    #[garde(length(min = 3))]
    title: String,
    #[field(read = admin)]
    #[garde(skip)]
    secret: String,
    #[field(version)]
    #[garde(skip)]
    version: i64,
}

impl Document {
    fn titled(title: &str) -> Self {
        Self {
            id: 1,
            title: title.to_owned(),
            secret: "stored".to_owned(),
            version: 1,
        }
    }
}

async fn guess(service: &Service, secret: &str) -> (u16, serde_json::Value) {
    let body = json!({ "secret": secret });
    service.send(TIM, "PATCH", "/gm/documents/1", &body).await
}

#[tokio::test]
async fn a_guess_of_a_hidden_field_is_a_new_version_whether_it_is_right_or_wrong() {
    let memory = Gm::builder().in_memory_with([Document::titled("plan")]);
    let sqlite = Gm::builder().database("sqlite::memory:");
    for (storage, builder) in [("memory", memory), ("SQLite", sqlite)] {
        let service = Service::start(storage, builder.expose::<Document>()).await;
        if storage == "SQLite" {
            let document = DocumentCreate {
                title: "plan".to_owned(),
                secret: "stored".to_owned(),
            };
            Document::create(document).exec(service.gm()).await.unwrap();
        }
        for (version, secret) in [(2, "stored"), (3, "other"), (4, "other")] {
            let (status, updated) = guess(&service, secret).await;
            let found = (status, &updated["items"][0]["version"]);
            assert_eq!(found, (200, &json!(version)), "{storage} {secret} {updated}");
        }
        service.stop().await;
    }
}

#[tokio::test]
async fn a_guess_of_a_hidden_field_in_an_invalid_row_is_refused_whether_it_is_right_or_wrong() {
    let builder = Gm::builder().in_memory_with([Document::titled("x")]);
    let service = Service::start("memory", builder.expose::<Document>()).await;
    for secret in ["stored", "other"] {
        let refused = guess(&service, secret).await;
        assert_eq!(refusal(&refused), (400, "validation_error"), "{secret}");
    }
    service.stop().await;
}
