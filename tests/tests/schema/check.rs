//! The check of a schema against the file that is kept with the code.

use std::path::Path;
use std::process::{Command, Output};

use gm_runtime::Gm;
use gm_runtime::schema::{Breaks, Schema};

/// The owner before a change and after it.
mod before {
    use gm_runtime::GeneralManager;

    #[derive(Clone, Debug, GeneralManager)]
    #[database(table = "tickets")]
    #[permission(read = public, create = public)]
    #[remote_api(resource = "tickets", allow_filter, allow_detail, allow_create)]
    pub(super) struct Ticket {
        #[field(id)]
        id: i64,
        priority: i32,
        title: String,
    }
}

mod after {
    use gm_runtime::GeneralManager;

    #[derive(Clone, Debug, GeneralManager)]
    #[database(table = "tickets")]
    #[permission(read = public, create = public)]
    #[remote_api(resource = "tickets", allow_filter, allow_detail, allow_create)]
    pub(super) struct Ticket {
        #[field(id)]
        id: i64,
        priority: String,
        #[field(max_length = 50)]
        title: String,
        note: Option<String>,
    }
}

async fn schema_before() -> Schema {
    let gm = Gm::builder()
        .in_memory::<before::Ticket>()
        .expose::<before::Ticket>();
    gm.build().await.unwrap().schema()
}

async fn schema_after() -> Schema {
    let gm = Gm::builder()
        .in_memory::<after::Ticket>()
        .expose::<after::Ticket>();
    gm.build().await.unwrap().schema()
}

#[tokio::test]
async fn each_difference_is_listed_by_whom_it_breaks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("schema.json");
    std::fs::write(&path, schema_before().await.to_json()).unwrap();
    schema_before().await.check(&path).unwrap();
    let error = schema_after().await.check(&path).unwrap_err();
    let expected = format!(
        "the schema differs from {}
breaks readers:
  - `tickets.priority` was an integer and is text now
breaks writers:
  - `tickets.title` had no maximum length and has the maximum length 50 now
breaks nobody:
  - `tickets.note` is a field now
If this is meant, run this test with GM_SCHEMA=overwrite, and commit the file. Before that, deploy consumers that accept both.",
        path.display()
    );
    assert_eq!(error.to_string(), expected);
    let breaks: Vec<_> = error
        .differences()
        .iter()
        .map(|difference| difference.breaks)
        .collect();
    assert!(
        breaks.contains(&Breaks::Readers) && breaks.contains(&Breaks::Nobody),
        "{breaks:?}"
    );
}

#[tokio::test]
async fn what_consumers_do_not_depend_on_is_no_difference() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("schema.json");
    let mut schema = schema_before().await;
    schema.resources[0].fields.reverse();
    schema.resources[0].manager = "Renamed".to_owned();
    schema.resources[0].default_page_size = 7;
    std::fs::write(&path, schema.to_json()).unwrap();
    schema_before().await.check(&path).unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_schema_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("schema.json");
    let check = async || schema_before().await.check(&path).unwrap_err().to_string();
    let name = path.display();
    let missing = format!(
        "there is no {name}: run this test once with GM_SCHEMA=overwrite, which writes it, and commit it"
    );
    assert_eq!(check().await, missing);
    std::fs::write(&path, "{").unwrap();
    let refused = check().await;
    assert!(
        refused.starts_with(&format!("{name}: this is no schema: EOF")),
        "{refused}"
    );
    std::fs::write(&path, " ".repeat(5 << 20)).unwrap();
    let refused = check().await;
    assert!(
        refused.starts_with(&format!("{name}: a schema has at most 4194304 bytes")),
        "{refused}"
    );
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    let refused = check().await;
    assert!(
        refused.starts_with(&format!("{name} can't be read: ")),
        "{refused}"
    );
}

/// The file of the process that checks its schema.
const FILE: &str = "GM_TEST_SCHEMA_FILE";

/// Runs the test below in a process with this value of `GM_SCHEMA`.
fn check_in_process(file: &Path, variable: Option<&str>) -> Output {
    let mut process = Command::new(std::env::current_exe().unwrap());
    process.args([
        "--exact",
        "check::a_file_is_written_when_the_variable_says_so",
        "--nocapture",
    ]);
    process.env(FILE, file).env_remove("GM_SCHEMA");
    if let Some(value) = variable {
        process.env("GM_SCHEMA", value);
    }
    process.output().unwrap()
}

#[tokio::test]
async fn a_file_is_written_when_the_variable_says_so() {
    if let Some(file) = std::env::var_os(FILE) {
        if let Err(error) = schema_before().await.check(file) {
            panic!("{error}");
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("schema.json");
    let assert_fails = |variable, part: &str| {
        let output = check_in_process(&path, variable);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && text.contains(part), "{part}: {text}");
    };
    assert_fails(None, "which writes it, and commit it");
    assert_fails(
        Some("yes"),
        "the environment variable GM_SCHEMA is \"yes\": expected `overwrite`, or none",
    );
    assert!(check_in_process(&path, Some("overwrite")).status.success());
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        schema_before().await.to_json()
    );
    assert!(check_in_process(&path, None).status.success());
    std::fs::write(&path, schema_after().await.to_json()).unwrap();
    assert_fails(Some(""), "breaks readers:");
    assert!(check_in_process(&path, Some("overwrite")).status.success());
    assert!(check_in_process(&path, None).status.success());
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert_fails(Some("overwrite"), "can't be written: ");
}
