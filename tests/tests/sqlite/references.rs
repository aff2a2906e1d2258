//! Tables with foreign keys, which the application's migrations create.

use gm_runtime::{Error, GeneralManager, Gm};
use gm_tests::conformance::Running;

use crate::Folder;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "authors")]
#[permission(read = public, delete = public)]
#[remote_api(resource = "authors", allow_detail, allow_delete)]
#[remote_manager(base_url = "http://books.test")]
struct Author {
    #[field(id)]
    id: i64,
    name: String,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "works")]
#[permission(read = public, create = public)]
#[remote_api(resource = "works", allow_detail, allow_create)]
#[remote_manager(base_url = "http://books.test")]
struct Work {
    #[field(id)]
    id: i64,
    author: i64,
    title: String,
}

fn with_tables(deferred: &str) -> Folder {
    let folder = Folder::new();
    let tables = format!(
        "CREATE TABLE authors (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);
         CREATE TABLE works (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL,
             author INTEGER NOT NULL REFERENCES authors (id) {deferred}, UNIQUE (author, title));
         INSERT INTO authors (name) VALUES ('A'); INSERT INTO works (author, title) VALUES (1, 'T')"
    );
    folder.other().execute_batch(&tables).unwrap();
    folder
}

fn work(author: i64, title: &str) -> WorkCreate {
    WorkCreate {
        author,
        title: title.into(),
    }
}

const SAID: &str = "the write conflicts with what is stored: another row has the same, a row that it refers to is missing, \
                    others refer to it, or a rule of the table forbids it";

const NO_AUTHOR: &str = "the row that it refers to does not exist";

const REFERRED: &str = "other rows refer to this row";

#[tokio::test]
async fn a_foreign_key_violation_is_a_conflict_with_a_fitting_message() {
    for deferred in ["", "DEFERRABLE INITIALLY DEFERRED"] {
        let folder = with_tables(deferred);
        let gm = folder.builder().manager::<Author>().manager::<Work>();
        let gm = gm.build().await.unwrap();
        let orphan = Work::create(work(9, "T")).exec(&gm).await.unwrap_err();
        let twice = Work::create(work(1, "T")).exec(&gm).await.unwrap_err();
        let parent = Author::by_id(1).delete(&gm).await.unwrap_err();
        // SQLite does not say which key a commit violates.
        let (no_author, referred) = match deferred {
            "" => (
                format!("`Work`.`author`: {NO_AUTHOR}"),
                format!("`Author`: {REFERRED}"),
            ),
            _ => (format!("`Work`: {SAID}"), format!("`Author`: {SAID}")),
        };
        for (refused, message) in [
            (orphan, no_author),
            (twice, format!("`Work`: {SAID}")),
            (parent, referred),
        ] {
            assert!(matches!(refused, Error::Conflict { .. }), "{refused}");
            assert_eq!(refused.to_string(), message);
        }
        assert_eq!(Author::count(&gm).await.unwrap(), 1);
        assert_eq!(Work::count(&gm).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn a_foreign_key_without_a_unique_target_is_named_at_the_start() {
    let folder = Folder::new();
    let tables = "CREATE TABLE authors (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);
         CREATE TABLE works (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, author INTEGER NOT NULL,
             FOREIGN KEY (author, title) REFERENCES authors (id, name))";
    folder.other().execute_batch(tables).unwrap();
    let builder = folder.builder().manager::<Author>().manager::<Work>();
    let error = builder.build().await.unwrap_err().to_string();
    for part in [
        r#"foreign key mismatch - "works" referencing "authors""#,
        "add `UNIQUE (a, b)` to the referenced table",
    ] {
        assert!(error.contains(part), "{error}");
    }
    assert!(!error.contains("storage of its own"), "{error}");
    let unique = "CREATE UNIQUE INDEX names ON authors (id, name)";
    folder.other().execute_batch(unique).unwrap();
    folder
        .builder()
        .manager::<Author>()
        .manager::<Work>()
        .build()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_consumer_receives_the_same_conflict() {
    let folder = with_tables("");
    let service = Running::start(folder.builder().expose::<Author>().expose::<Work>());
    let service = service.await.unwrap();
    let gm = Gm::builder().base_url("http://books.test", format!("http://{}", service.address));
    let gm = gm.build().await.unwrap();
    let orphan = RemoteWorkCreate {
        author: 9,
        title: "T".into(),
    };
    let orphan = RemoteWork::create(orphan).exec(&gm).await.unwrap_err();
    let parent = RemoteAuthor::by_id(1).delete(&gm).await.unwrap_err();
    for (refused, message) in [(orphan, NO_AUTHOR), (parent, REFERRED)] {
        assert!(refused.is_conflict(), "{refused}");
        assert!(refused.to_string().contains(message), "{refused}");
    }
    service.stop().await.unwrap();
}
