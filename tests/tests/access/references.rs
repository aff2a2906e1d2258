//! Foreign keys between rows that a caller sees and rows that it does not see.

use gm_runtime::{GeneralManager, Gm};
use serde_json::{Value as Json, json};

use super::service::{BOB, Headers, NINA, Service, TIM, ids, refusal};

/// Read by everyone.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "authors")]
#[permission(read = public, delete = is_null(owner) | owner == caller.name)]
#[remote_api(resource = "authors", allow_filter, allow_delete)]
struct Author {
    #[field(id)]
    id: i64,
    owner: Option<String>,
}

/// Read by the callers of its tenant.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "works")]
#[permission(read = tenant == caller.claim("tenant"), create = tenant == caller.claim("tenant"))]
#[remote_api(resource = "works", allow_filter, allow_create)]
struct Work {
    #[field(id)]
    id: i64,
    tenant: i64,
    author: i64,
}

/// Author 1 has a work of tenant 1, and author 2 has none.
const TABLES: &str = "
    CREATE TABLE authors (id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT);
    CREATE TABLE works (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant INTEGER NOT NULL,
        author INTEGER NOT NULL REFERENCES authors (id));
    INSERT INTO authors (owner) VALUES (NULL), ('nina');
    INSERT INTO works (tenant, author) VALUES (1, 1)";

/// Postgres: "foreign key checks bypass row level security". The status can't be hidden, and all else is.
#[tokio::test]
async fn a_conflict_by_a_foreign_key_tells_nothing_of_the_hidden_rows() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("references.db");
    rusqlite::Connection::open(&file)
        .unwrap()
        .execute_batch(TABLES)
        .unwrap();
    let builder = Gm::builder().database(format!("sqlite://{}", file.display()));
    let service = Service::start("SQLite", builder.expose::<Author>().expose::<Work>()).await;
    let delete = async |caller: Headers, id: i64| {
        let path = format!("/gm/authors/{id}");
        service.send(caller, "DELETE", &path, &Json::Null).await
    };
    // Tim sees the work of the author, and Bob does not.
    let [hidden, seen] = [delete(BOB, 1).await, delete(TIM, 1).await];
    assert_eq!(refusal(&hidden), (409, "conflict"));
    assert_eq!(
        hidden.1["details"],
        json!({"message": "other rows refer to this row"})
    );
    assert_eq!(hidden, seen);
    // A caller that may not delete the author does not learn that it has works.
    for caller in [TIM, BOB] {
        assert_eq!(refusal(&delete(caller, 2).await), (403, "permission_denied"));
    }
    assert_eq!(delete(NINA, 2).await.0, 200);
    // Nor does a caller that may not create the work learn whether there is such an author.
    let create = async |author: i64| {
        let body = json!({"tenant": 2, "author": author});
        service.send(TIM, "POST", "/gm/works", &body).await
    };
    let [existing, missing] = [create(1).await, create(99).await];
    assert_eq!(refusal(&existing), (403, "permission_denied"));
    assert_eq!(existing, missing);
    let works = service.send(BOB, "POST", "/gm/works/query", &json!({})).await;
    assert_eq!(ids(&works.1), [] as [i64; 0]);
    service.stop().await;
}
