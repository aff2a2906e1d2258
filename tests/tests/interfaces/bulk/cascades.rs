//! Rows that the database deletes by itself, while a write of many rows deletes them.

use gm_runtime::{Error, GeneralManager, Gm};
use gm_tests::postgres::Database;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "nodes")]
struct Node {
    #[field(id)]
    id: i64,
    parent: Option<i64>,
}

async fn open(database: &Database) -> Gm {
    let builder = Gm::builder().database(database.url()).manager::<Node>();
    builder.build().await.unwrap()
}

/// A chain of rows, each of which refers to the row before.
async fn chain(gm: &Gm, rows: usize) {
    let mut parent = None;
    for _ in 0..rows {
        let draft = Node::create(NodeCreate {});
        let draft = match parent {
            Some(id) => draft.parent(id),
            None => draft,
        };
        parent = Some(draft.exec(gm).await.unwrap().id);
    }
}

#[tokio::test]
async fn rows_that_a_foreign_key_deletes_with_others_are_deleted() {
    let database = Database::create().await;
    open(&database).await.close().await;
    database
        .execute("ALTER TABLE nodes ADD FOREIGN KEY (parent) REFERENCES nodes (id) ON DELETE CASCADE")
        .await;
    let gm = open(&database).await;
    for rows in [3, 70] {
        chain(&gm, rows).await;
        Node::query().delete_all(&gm).await.unwrap();
        assert_eq!(Node::count(&gm).await.unwrap(), 0);
        chain(&gm, rows).await;
        gm.transaction(async |tx| Node::query().delete_all(&tx).await)
            .await
            .unwrap();
        assert_eq!(Node::count(&gm).await.unwrap(), 0);
    }
}

const KEEP: &str = "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
    CREATE TRIGGER keep BEFORE DELETE ON nodes FOR EACH ROW WHEN (old.id = 2) EXECUTE FUNCTION keep();";

#[tokio::test]
async fn a_row_that_a_trigger_keeps_refuses_all() {
    let database = Database::create().await;
    open(&database).await.close().await;
    database.execute(KEEP).await;
    let gm = open(&database).await;
    chain(&gm, 3).await;
    let refused: Error = Node::query().delete_all(&gm).await.unwrap_err();
    assert!(refused.is_conflict(), "{refused}");
    assert_eq!(Node::count(&gm).await.unwrap(), 3);
}
