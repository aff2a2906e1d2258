//! Tables with partitions.

use gm_runtime::{GeneralManager, Gm, GmBuilder};
use gm_tests::postgres::Database;

use super::{changed, changes, has_statement, refused};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "events")]
#[permission(read = public, create = public)]
#[remote_api(resource = "events", allow_filter, allow_create)]
struct Event {
    #[field(id)]
    id: i64,
    day: chrono::NaiveDate,
    #[field(index, default)]
    kind: i32,
    #[field(default)]
    weight: Option<i64>,
}

fn events(database: &Database) -> GmBuilder {
    Gm::builder().database(database.url()).manager::<Event>()
}

const PARTITIONS: &str = "CREATE SCHEMA old;
    CREATE TABLE events_2023 PARTITION OF events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01') PARTITION BY LIST (kind);
    CREATE TABLE old.\"events 2023\" PARTITION OF events_2023 FOR VALUES IN (1);
    CREATE TABLE events_2023_others PARTITION OF events_2023 DEFAULT;
    CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    INSERT INTO events (day, kind) VALUES ('2023-02-03', 1), ('2023-02-03', 2), ('2024-02-03', 1)";

#[tokio::test]
async fn columns_and_indexes_are_added_to_each_partition() {
    let database = Database::create().await;
    database
        .execute(&format!(
            "CREATE SEQUENCE ids; CREATE TABLE events (id BIGINT DEFAULT nextval('ids'), day DATE, kind INTEGER NOT NULL,
                 PRIMARY KEY (id, day, kind)) PARTITION BY RANGE (day);
             {PARTITIONS}"
        ))
        .await;
    let sql = changed(&database, || events(&database)).await;
    for part in [
        "ALTER TABLE \"events\" ADD COLUMN \"weight\" BIGINT;",
        "CREATE INDEX \"events__kind_index\" ON ONLY events (\"kind\");",
        "CREATE INDEX CONCURRENTLY \"events 2023__kind_index\" ON old.\"events 2023\" (\"kind\");",
        "ALTER INDEX public.\"events_2023__kind_index\" ATTACH PARTITION old.\"events 2023__kind_index\";",
    ] {
        assert!(sql.contains(part), "no `{part}` in:\n{sql}");
    }
    let left = changes(events(&database));
    assert!(
        left.contains("the column `id` is unique only together with the partition key `day`"),
        "{left}"
    );
}

#[tokio::test]
async fn null_is_replaced_in_each_partition() {
    let database = Database::create().await;
    database
        .execute(&format!(
            "CREATE SEQUENCE ids; CREATE TABLE events (id BIGINT DEFAULT nextval('ids'), day DATE, kind INTEGER, weight BIGINT,
                 UNIQUE (id, day, kind)) PARTITION BY RANGE (day); CREATE INDEX ON events (kind);
             {PARTITIONS}; INSERT INTO events (day) VALUES ('2024-02-03')"
        ))
        .await;
    changed(&database, || events(&database)).await;
    let kinds = "SELECT string_agg(kind::text, ',' ORDER BY kind) FROM events";
    assert_eq!(database.value(kinds).await, "0,1,1,2");
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "events")]
struct NamedEvent {
    #[field(id)]
    id: uuid::Uuid,
    #[field(unique)]
    name: String,
}

/// Postgres has no unique index without the partition key.
#[tokio::test]
async fn what_a_partitioned_table_can_not_keep_unique_is_named() {
    let database = Database::create().await;
    let builder = || Gm::builder().database(database.url()).manager::<NamedEvent>();
    database
        .execute("CREATE TABLE events (id UUID NOT NULL, name TEXT COLLATE \"C\" NOT NULL) PARTITION BY LIST (name)")
        .await;
    let message = refused(builder()).await;
    let part = "the column `id` is in no unique index, so several rows could have the same id; in a partitioned table the index is on \
                `id` and the partition key `name`";
    assert!(message.contains(part), "{message}");
    let sql = changes(builder());
    assert!(
        sql.contains("CREATE UNIQUE INDEX \"events__name_unique\" ON ONLY events (\"name\");"),
        "{sql}"
    );
    database
        .execute("DROP TABLE events; CREATE TABLE events (id UUID PRIMARY KEY, name TEXT COLLATE \"C\" NOT NULL) PARTITION BY HASH (id)")
        .await;
    let sql = changes(builder());
    let part = "the field is `unique`, and Postgres keeps the column `name` unique only together with the partition key `id`";
    assert!(sql.contains(part) && !has_statement(&sql), "{sql}");
}

/// A partition without its index: the index of the table is not valid.
#[tokio::test]
async fn an_index_that_lacks_a_partition_is_named() {
    let database = Database::create().await;
    database
        .execute(&format!(
            "CREATE TABLE events (id BIGSERIAL, day DATE, kind INTEGER NOT NULL, weight BIGINT, PRIMARY KEY (id, day, kind))
                 PARTITION BY RANGE (day);
             {PARTITIONS}; CREATE INDEX by_kind ON ONLY events (kind)"
        ))
        .await;
    let sql = changes(events(&database));
    let part = "(by_kind is invalid until each partition has an index that is attached to it (ALTER INDEX .. ATTACH PARTITION))";
    assert!(sql.contains(part) && !has_statement(&sql), "{sql}");
}
