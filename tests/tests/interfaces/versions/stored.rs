//! Versions and times that another program stored.

use chrono::{DateTime, TimeDelta, Utc};
use gm_runtime::{GeneralManager, Gm, Manager as _};
use gm_tests::postgres::Database;
use tempfile::TempDir;

use super::{Ticket, new};

/// A SQLite file, and another program that writes to it.
struct File(TempDir);

impl File {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    async fn gm(&self) -> Gm {
        let builder = Gm::builder().database(format!("sqlite://{}", self.0.path().join("t.db").display()));
        builder.manager::<Ticket>().build().await.unwrap()
    }

    fn execute(&self, sql: &str) {
        let other = rusqlite::Connection::open(self.0.path().join("t.db")).unwrap();
        other.execute_batch(sql).unwrap();
    }
}

/// A backup was restored, so that versions are used a second time.
#[tokio::test]
async fn a_version_that_goes_backwards_is_another_one() {
    let file = File::new();
    let gm = file.gm().await;
    let mut row = Ticket::create(new("a")).exec(&gm).await.unwrap();
    for votes in 1..=4 {
        row = row.update().votes(votes).exec(&gm).await.unwrap();
    }
    assert_eq!(row.version, 5);
    file.execute("UPDATE tickets SET version = 2, votes = 1");
    assert!(row.update().votes(9).exec(&gm).await.unwrap_err().is_stale());
    assert!(row.delete(&gm).await.unwrap_err().is_stale());
    let restored = Ticket::get(&gm, row.id).await.unwrap();
    assert_eq!((restored.version, restored.votes), (2, 1));
    assert_eq!(restored.update().votes(9).exec(&gm).await.unwrap().version, 3);
}

#[tokio::test]
async fn a_version_that_can_not_rise_or_be_read_refuses_the_update() {
    let file = File::new();
    let gm = file.gm().await;
    let row = Ticket::create(new("a")).exec(&gm).await.unwrap();
    file.execute("UPDATE tickets SET version = 9223372036854775807");
    let row = Ticket::get(&gm, row.id).await.unwrap();
    let refused = row.update().votes(1).exec(&gm).await.unwrap_err();
    assert!(refused.is_conflict(), "{refused}");
    assert_eq!(refused.field_errors()[0].field(), Some("version"));
    assert_eq!(Ticket::get(&gm, row.id).await.unwrap(), row);
    // Nothing changes, so no version is needed.
    assert_eq!(row.update().votes(0).exec(&gm).await.unwrap(), row);
    row.delete(&gm).await.unwrap();
}

/// The clock was ahead when the row was written, and was set back since.
#[tokio::test]
async fn the_time_of_the_last_update_never_goes_backwards() {
    let ahead = DateTime::<Utc>::from(std::time::SystemTime::now()) + TimeDelta::days(400);
    let ahead = DateTime::from_timestamp_micros(ahead.timestamp_micros()).unwrap();

    let file = File::new();
    let gm = file.gm().await;
    let row = Ticket::create(new("a")).exec(&gm).await.unwrap();
    file.execute(&format!(
        "UPDATE tickets SET updated = {}",
        ahead.timestamp_micros()
    ));
    let updated = row.update().votes(1).exec(&gm).await.unwrap();
    assert_eq!((updated.updated, updated.version), (ahead, 2));
    assert_eq!(updated.created, row.created);

    let row = Ticket {
        id: 1,
        updated: ahead,
        ..row
    };
    let gm = Gm::builder().in_memory_with([row.clone()]).build().await.unwrap();
    let updated = row.update().votes(1).exec(&gm).await.unwrap();
    assert_eq!((updated.updated, updated.version), (ahead, 2));
}

#[tokio::test]
async fn the_time_of_the_last_update_never_goes_backwards_on_postgres() {
    let database = Database::create().await;
    let gm = Gm::builder()
        .database(database.url())
        .manager::<Ticket>()
        .build()
        .await
        .unwrap();
    let row = Ticket::create(new("a")).exec(&gm).await.unwrap();
    database
        .execute("UPDATE tickets SET updated = '2999-01-01 00:00:00+00'")
        .await;
    let updated = row.update().votes(1).exec(&gm).await.unwrap();
    assert_eq!(updated.updated.to_rfc3339(), "2999-01-01T00:00:00+00:00");
    assert_eq!(updated.version, 2);
}

/// A table of an earlier version of the struct.
#[tokio::test]
async fn an_existing_table_gets_the_columns() {
    let file = File::new();
    file.execute(
        "CREATE TABLE tickets (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, votes INTEGER NOT NULL) STRICT;
         INSERT INTO tickets (title, votes) VALUES ('old', 3)",
    );
    let builder = || {
        let url = format!("sqlite://{}", file.0.path().join("t.db").display());
        Gm::builder().database(url).manager::<Ticket>()
    };
    let sql = builder().schema_changes().unwrap();
    assert!(sql.contains("get 1, the version of a new row"), "{sql}");
    file.execute(&sql);
    assert_eq!(builder().schema_changes().unwrap(), "");
    let gm = file.gm().await;
    let old = Ticket::get(&gm, 1).await.unwrap();
    assert_eq!((old.version, old.votes), (1, 3));
    let updated = old.update().votes(4).exec(&gm).await.unwrap();
    assert_eq!(updated.version, 2);
    assert!(updated.updated > old.updated && updated.created == old.created);
}

#[tokio::test]
async fn an_existing_table_on_postgres_gets_the_columns() {
    let database = Database::create().await;
    database
        .execute(
            "CREATE TABLE tickets (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, title text COLLATE \"C\" NOT NULL,
             votes bigint NOT NULL); INSERT INTO tickets (title, votes) VALUES ('old', 3)",
        )
        .await;
    let builder = || Gm::builder().database(database.url()).manager::<Ticket>();
    let sql = builder().schema_changes().unwrap();
    assert!(sql.contains("get 1, the version of a new row"), "{sql}");
    // The index is created concurrently, so each statement is a transaction of its own.
    for statement in sql.split(";\n") {
        database.execute(statement).await;
    }
    let gm = builder().build().await.unwrap();
    let old = Ticket::get(&gm, 1).await.unwrap();
    assert_eq!(old.version, 1);
    assert_eq!(old.update().votes(4).exec(&gm).await.unwrap().version, 2);
}

/// The rows of `Ticket` without their version.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
struct Unversioned {
    #[field(id)]
    id: i64,
    title: String,
}

/// An update by a manager without the version would not raise it, and so another editor would overwrite the update unnoticed.
#[tokio::test]
async fn managers_of_one_table_have_the_same_version() {
    let builder = Gm::builder().database("sqlite::memory:");
    let refused = builder
        .manager::<Ticket>()
        .manager::<Unversioned>()
        .build()
        .await
        .unwrap_err();
    let refused = refused.to_string();
    assert!(
        refused.contains("`Unversioned`") && refused.contains("`Ticket`.`version`"),
        "{refused}"
    );
}

#[test]
fn the_description_names_what_the_owner_keeps() {
    use gm_runtime::manager::Kept;
    let kept: Vec<_> = Ticket::DESCRIPTION
        .fields()
        .iter()
        .filter_map(|field| field.kept())
        .collect();
    assert_eq!(kept, [Kept::Version, Kept::Created, Kept::Updated]);
    assert_eq!(Ticket::DESCRIPTION.version_index(), Some(3));
    assert!(
        Ticket::DESCRIPTION
            .fields()
            .iter()
            .filter(|field| field.kept().is_some())
            .all(|field| !field.required())
    );
}
