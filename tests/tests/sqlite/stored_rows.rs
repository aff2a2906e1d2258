//! The answer to a write is the row as it is stored, including what triggers and foreign keys changed.

use gm_runtime::{Error, GeneralManager, Gm};
use serde_json::{Value as Json, json};

use crate::Folder;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "prices")]
struct Price {
    #[field(id)]
    id: i64,
    net: f64,
    #[field(default)]
    gross: f64,
    #[field(default)]
    rate: f32,
    data: Option<Json>,
    parent: Option<i64>,
}

const COLUMNS: &str = "id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, net REAL NOT NULL, gross REAL NOT NULL, rate REAL NOT NULL, data TEXT";

async fn open(tables: &str) -> (Folder, Gm) {
    let folder = Folder::new();
    folder.other().execute_batch(tables).unwrap();
    let gm = folder.builder().manager::<Price>().build().await.unwrap();
    (folder, gm)
}

/// The printed form, because `-0.0` equals `0.0`.
fn printed(price: &Price) -> String {
    format!("{price:?}")
}

async fn is_stored(gm: &Gm, answered: &Price) {
    let stored = Price::get(gm, answered.id).await.unwrap();
    assert_eq!(printed(answered), printed(&stored));
}

#[tokio::test]
async fn the_answer_has_what_a_trigger_changed() {
    let tables = format!(
        "CREATE TABLE prices ({COLUMNS}, parent INTEGER) STRICT;
         CREATE TABLE log (id INTEGER);
         CREATE TRIGGER created AFTER INSERT ON prices BEGIN
             UPDATE prices SET gross = new.net * 2 WHERE id = new.id; END;
         CREATE TRIGGER before_update BEFORE UPDATE OF net ON prices BEGIN
             UPDATE prices SET rate = 0.5 WHERE id = new.id; END;
         CREATE TRIGGER logged AFTER UPDATE OF rate ON prices BEGIN INSERT INTO log VALUES (new.id); END;"
    );
    let (folder, gm) = open(&tables).await;
    let created = Price::create(PriceCreate { net: 2.0 }).exec(&gm).await.unwrap();
    assert_eq!(created.gross, 4.0);
    is_stored(&gm, &created).await;
    let updated = created.update().net(3.0).exec(&gm).await.unwrap();
    assert_eq!((updated.net, updated.rate), (3.0, 0.5));
    is_stored(&gm, &updated).await;
    // A trigger that does not change the row.
    let logged = created.update().rate(0.25).exec(&gm).await.unwrap();
    is_stored(&gm, &logged).await;
    // A trigger that deletes the row. The write was executed, and there is no row to answer.
    let gone = "CREATE TRIGGER gone AFTER INSERT ON prices WHEN new.net = 0 BEGIN DELETE FROM prices WHERE id = new.id; END";
    folder.other().execute_batch(gone).unwrap();
    let gone = Price::create(PriceCreate { net: 0.0 }).exec(&gm).await;
    assert!(matches!(gone, Err(Error::CreatedUnreadable { .. })), "{gone:?}");
    // A trigger that stores an unreadable value. Nothing is written.
    let unreadable = "DROP TRIGGER gone; CREATE TRIGGER large AFTER INSERT ON prices WHEN new.net = 7 BEGIN
        UPDATE prices SET rate = 1e300 WHERE id = new.id; END";
    folder.other().execute_batch(unreadable).unwrap();
    let refused = Price::create(PriceCreate { net: 7.0 }).exec(&gm).await;
    assert!(
        matches!(refused, Err(Error::Record { field: "rate", .. })),
        "{refused:?}"
    );
    assert_eq!(Price::count(&gm).await.unwrap(), 1);
}

/// The foreign key of the same row follows the written column.
#[tokio::test]
async fn the_answer_has_what_a_foreign_key_changed() {
    let tables = format!(
        "CREATE TABLE prices ({COLUMNS}, parent INTEGER REFERENCES prices (net) ON UPDATE CASCADE, UNIQUE (net))"
    );
    let (_folder, gm) = open(&tables).await;
    let created = Price::create(PriceCreate { net: 2.0 })
        .parent(2)
        .exec(&gm)
        .await
        .unwrap();
    let updated = created.update().net(3.0).exec(&gm).await.unwrap();
    assert_eq!(updated.parent, Some(3));
    is_stored(&gm, &updated).await;
}

#[tokio::test]
async fn a_zero_has_no_sign() {
    let plain = format!("CREATE TABLE prices ({COLUMNS}, parent INTEGER) STRICT");
    // In a column without conversion, SQLite keeps the sign.
    let as_given = plain.replace("REAL", "ANY");
    for tables in [plain, as_given] {
        let folder = Folder::new();
        folder.other().execute_batch(&tables).unwrap();
        let in_file = folder.builder().manager::<Price>().build().await.unwrap();
        let in_memory = Gm::builder().in_memory::<Price>().build().await.unwrap();
        for gm in [in_file, in_memory] {
            let data = json!({"a": [-0.0, 1.5, {"b": -0.0}]});
            let created = Price::create(PriceCreate { net: -0.0 }).rate(-0.0).data(data);
            let created = created.exec(&gm).await.unwrap();
            assert!(!printed(&created).contains('-'), "{created:?}");
            is_stored(&gm, &created).await;
            let updated = created.update().net(1.0).exec(&gm).await.unwrap();
            let updated = updated
                .update()
                .net(-0.0)
                .data(json!([-0.0]))
                .exec(&gm)
                .await
                .unwrap();
            assert!(!printed(&updated).contains('-'), "{updated:?}");
            is_stored(&gm, &updated).await;
        }
    }
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "names")]
struct Name {
    #[field(id)]
    id: String,
    name: String,
}

#[tokio::test]
async fn the_answer_of_a_view_has_what_its_triggers_wrote() {
    let folder = Folder::new();
    let tables = "CREATE TABLE kept (id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL) STRICT;
        CREATE VIEW names AS SELECT id, name FROM kept;
        CREATE TRIGGER adds INSTEAD OF INSERT ON names BEGIN INSERT INTO kept VALUES (new.id, upper(new.name)); END;
        CREATE TRIGGER sets INSTEAD OF UPDATE ON names BEGIN UPDATE kept SET name = lower(new.name) WHERE id = old.id; END;
        CREATE TRIGGER takes INSTEAD OF DELETE ON names BEGIN DELETE FROM kept WHERE id = old.id; END;";
    folder.other().execute_batch(tables).unwrap();
    let gm = folder.builder().manager::<Name>().build().await.unwrap();
    let name = NameCreate {
        id: "a".into(),
        name: "Ada".into(),
    };
    let created = Name::create(name).exec(&gm).await.unwrap();
    assert_eq!(created.name, "ADA");
    let updated = created.update().name("Bob").exec(&gm).await.unwrap();
    assert_eq!(updated.name, "bob");
    assert_eq!(Name::get(&gm, "a").await.unwrap(), updated);
}

/// The error states the cause, and is not retryable.
#[tokio::test]
async fn used_up_ids_are_reported() {
    let plain = format!("CREATE TABLE prices ({COLUMNS}, parent INTEGER) STRICT");
    for used_up in [
        "INSERT INTO prices (id, net, gross, rate) VALUES (9223372036854775807, 1, 1, 1)",
        "INSERT INTO sqlite_sequence VALUES ('prices', 9223372036854775807)",
    ] {
        let (folder, gm) = open(&plain).await;
        folder.other().execute_batch(used_up).unwrap();
        let refused = Price::create(PriceCreate { net: 1.0 })
            .exec(&gm)
            .await
            .unwrap_err();
        assert!(
            matches!(refused, Error::Storage(_)) && !refused.is_retryable(),
            "{refused}"
        );
        let said = refused.to_string();
        assert!(
            said.contains("no ids left for `Price`") && said.contains("sqlite_sequence"),
            "{said}"
        );
    }
    let last = Price {
        id: i64::MAX,
        net: 1.0,
        gross: 1.0,
        rate: 1.0,
        data: None,
        parent: None,
    };
    let gm = Gm::builder().in_memory_with([last]).build().await.unwrap();
    let refused = Price::create(PriceCreate { net: 1.0 })
        .exec(&gm)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, Error::Storage(_)) && !refused.is_retryable(),
        "{refused}"
    );
}
