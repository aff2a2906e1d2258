//! Tests of `project-service`: its options and its end.

use rustix::process::Signal;

use crate::http::post;
use crate::service::{Service, project_service};

#[test]
fn the_help_contains_every_option() {
    for (command, options) in [
        (
            &["--help"] as &[_],
            &["--listen", "--database", "--token", "schema"] as &[_],
        ),
        (&["schema", "--help"], &["--dialect", "--database"]),
    ] {
        let help = project_service().args(command).output().unwrap();
        assert!(help.status.success());
        let help = String::from_utf8(help.stdout).unwrap();
        for option in options {
            assert!(help.contains(option), "{help}");
        }
    }
}

#[test]
fn the_error_names_an_unknown_option() {
    let refused = project_service().arg("--liste").output().unwrap();
    assert!(!refused.status.success());
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(error.contains("--liste"), "{error}");
}

#[test]
fn a_token_without_a_name_is_refused_and_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("projects.db").display());
    let utf16 = std::os::unix::ffi::OsStringExt::from_vec(b"billing=hunter2\xff".to_vec());
    for (token, words) in [
        ("hunter2".into(), "NAME=SECRET, and this one has no `=`"),
        ("=hunter2".into(), "has no name"),
        ("hunter2=".into(), "has no secret"),
        (utf16, "not UTF-8"),
        ("bil\nling=hunter2".into(), r#""bil\nling" can't be the name"#),
        (
            "billing=hunter2\n".into(),
            "`billing` must have one or more visible ASCII",
        ),
        (
            "billing=hünter2".into(),
            "`billing` must have one or more visible ASCII",
        ),
    ] as [(std::ffi::OsString, &str); 7]
    {
        let mut service = project_service();
        let refused = service.args(["--listen", "127.0.0.1:0", "--database", &url, "--token"]);
        let refused = refused.arg(&token).output().unwrap();
        assert!(!refused.status.success());
        let error = String::from_utf8(refused.stderr).unwrap();
        assert!(error.contains(words), "{error}");
        assert!(
            !error.contains("hunter2") && !error.contains("hünter2"),
            "{error}"
        );
    }
}

#[test]
fn a_token_identifies_its_caller() {
    let folder = tempfile::tempdir().unwrap();
    let (_service, address) =
        Service::start_with(&folder.path().join("projects.db"), &["--token", "billing=s=cret"]);
    let path = "/internal/gm/projects/query";
    assert_eq!(post(address, path, Some("Bearer s=cret"), "{}").0, 200);
    let (status, refused) = post(address, path, Some("Bearer other"), "{}");
    assert_eq!(
        (status, &refused["error_code"]),
        (401, &"authentication_required".into())
    );
}

fn schema(arguments: &[&str]) -> String {
    let printed = project_service().arg("schema").args(arguments).output().unwrap();
    assert!(printed.status.success(), "{printed:?}");
    String::from_utf8(printed.stdout).unwrap()
}

#[test]
fn the_printed_schema_fits_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("projects.db");
    let database = rusqlite::Connection::open(&path).unwrap();
    let url = format!("sqlite://{}", path.display());
    database
        .execute_batch("CREATE TABLE projects (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL)")
        .unwrap();
    // With a missing column the service does not start, and prints what to do.
    let refused = project_service().args(["--database", &url]).output().unwrap();
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success());
    assert!(
        error.contains("`Project`.`status`") && error.contains("ALTER TABLE"),
        "{error}"
    );
    let changes = schema(&["--database", &url]);
    database.execute_batch(&changes).unwrap();
    assert_eq!(schema(&["--database", &url]), "");
    Service::start(&path);
}

#[test]
fn the_schema_of_each_database() {
    let database = rusqlite::Connection::open_in_memory().unwrap();
    database.execute_batch(&schema(&["--dialect", "sqlite"])).unwrap();
    for (dialect, part) in [("postgres", "AS IDENTITY"), ("mysql", "AUTO_INCREMENT")] {
        assert!(schema(&["--dialect", dialect]).contains(part));
    }
    let refused = project_service()
        .args(["schema", "--dialect", "oracle"])
        .output()
        .unwrap();
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && error.contains("`oracle`"), "{error}");
}

#[test]
fn a_signal_ends_the_service_with_success_and_keeps_the_rows() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("projects.db");
    for (signal, rows) in [(Signal::TERM, 1), (Signal::INT, 2)] {
        let (service, address) = Service::start(&database);
        let (status, _) = post(
            address,
            "/internal/gm/projects",
            None,
            r#"{"name": "N", "status": "s"}"#,
        );
        assert_eq!(status, 201);
        let (_, page) = post(address, "/internal/gm/projects/query", None, "{}");
        assert_eq!(page["total_count"], rows);
        service.signal(signal);
        assert!(service.ended().success());
    }
}
