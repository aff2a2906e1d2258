//! A file that is removed, replaced or truncated while a service has it open.

use std::fs;
use std::path::Path;

use futures_util::StreamExt as _;
use gm_runtime::{Error, Gm};
use gm_tests::conformance::{self, Project, ProjectCreate, Running};
use gm_tests::log;
use gm_tests::raw::Request;
use gm_tests::websocket::{Socket, handshake};

use crate::Folder;

const PROJECTS: &str = "/internal/gm/projects";

async fn serve(folder: &Folder) -> Running {
    let url = format!("sqlite://{}", folder.path().display());
    Running::start(conformance::builder().database(url))
        .await
        .unwrap()
}

async fn create(gm: &Gm, name: &str) -> Result<Project, Error> {
    let status = "active".into();
    let name = name.into();
    Project::create(ProjectCreate { name, status }).exec(gm).await
}

async fn names(gm: &Gm) -> Vec<String> {
    let rows = Project::query().all(gm).await.unwrap();
    rows.iter().map(|row| row.name.clone()).collect()
}

/// The service refuses every request with the reason, and closes its subscribers' sockets.
async fn is_lost(folder: &Folder, lose: impl FnOnce(&Path)) -> Running {
    log::keep();
    let service = serve(folder).await;
    create(&service.gm, "written").await.unwrap();
    let subscription = handshake("/internal/gm/ws/projects");
    let (response, mut socket) = Socket::open(service.address, &subscription).await.unwrap();
    assert_eq!(response.status, 101);
    let mut live = Project::query().watch(&service.gm);
    assert_eq!(live.next().await.unwrap().unwrap().len(), 1);

    lose(&folder.path());
    let code = loop {
        if let Some(code) = socket.receive_past_pings().await.unwrap().close_code() {
            break code;
        }
    };
    assert_eq!(code, 1013);
    assert!(matches!(live.next().await, Some(Err(Error::Unavailable(_)))));
    let row = format!("{PROJECTS}/1");
    for request in [
        Request::new("GET", &row),
        Request::new("POST", &format!("{PROJECTS}/query")).json("{}"),
        Request::new("POST", PROJECTS).json(r#"{"name": "a", "status": "b"}"#),
        Request::new("PATCH", &row).json(r#"{"name": "a"}"#),
        Request::new("DELETE", &row),
    ] {
        let answer = request.send(service.address).await.unwrap();
        assert_eq!(answer.status, 503, "{request:?}");
        assert!(
            answer.headers.iter().any(|(name, _)| name == "retry-after"),
            "{request:?}"
        );
    }
    let (refused, _) = Socket::open(service.address, &subscription).await.unwrap();
    assert_eq!(refused.status, 503);
    let refused = create(&service.gm, "late").await.unwrap_err();
    assert!(refused.to_string().contains("removed or replaced"), "{refused}");
    let path = folder.path();
    assert_eq!(
        log::lines(&["ERROR", path.to_str().unwrap(), "Stop the service"]).len(),
        1
    );
    service
}

#[tokio::test]
async fn a_removed_file_is_detected() {
    let folder = Folder::new();
    let service = is_lost(&folder, |file| fs::remove_file(file).unwrap()).await;
    service.stop().await.unwrap();
    let service = serve(&folder).await;
    assert_eq!(names(&service.gm).await, [""; 0]);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_removed_log_is_detected() {
    for end in ["db-wal", "db-shm"] {
        let folder = Folder::new();
        let lost = is_lost(&folder, |file| fs::remove_file(file.with_extension(end)).unwrap()).await;
        lost.stop().await.unwrap();
    }
}

/// The file moves with its folder.
#[tokio::test]
async fn a_moved_folder_is_detected() {
    let folder = Folder::new();
    let moved = folder.0.path().with_extension("moved");
    let lost = is_lost(&folder, |file| {
        fs::rename(file.parent().unwrap(), &moved).unwrap()
    })
    .await;
    lost.stop().await.unwrap();
    let rows = rusqlite::Connection::open(moved.join("test.db")).unwrap();
    let count: i64 = rows
        .query_row("SELECT count(*) FROM projects", [], |row| row.get(0))
        .unwrap();
    assert_eq!(count, 1);
    fs::remove_dir_all(&moved).unwrap();
}

/// The old file's log is moved into the old file, and does not become part of the new one.
#[tokio::test]
async fn a_restored_backup_is_detected_and_served_after_a_restart() {
    let folder = Folder::new();
    let service = serve(&folder).await;
    create(&service.gm, "of the backup").await.unwrap();
    let backup = folder.path().with_extension("backup");
    folder
        .other()
        .execute("VACUUM INTO ?1", [backup.to_str().unwrap()])
        .unwrap();
    service.stop().await.unwrap();
    fs::remove_file(folder.path()).unwrap();

    let old = folder.path().with_extension("old");
    let service = is_lost(&folder, |file| {
        fs::rename(file, &old).unwrap();
        fs::rename(&backup, file).unwrap();
    })
    .await;
    service.stop().await.unwrap();
    let service = serve(&folder).await;
    assert_eq!(names(&service.gm).await, ["of the backup"]);
    create(&service.gm, "after").await.unwrap();
    service.stop().await.unwrap();
    let service = serve(&folder).await;
    assert_eq!(names(&service.gm).await, ["of the backup", "after"]);
    service.stop().await.unwrap();
    let old = rusqlite::Connection::open(old).unwrap();
    let name: String = old
        .query_row("SELECT group_concat(name) FROM projects", [], |row| row.get(0))
        .unwrap();
    assert_eq!(name, "written");
}

/// It is still the same file, with fewer pages than were committed.
#[tokio::test]
async fn a_truncated_file_is_detected() {
    for cut in [
        |file: &Path| {
            fs::OpenOptions::new()
                .write(true)
                .open(file)
                .unwrap()
                .set_len(0)
                .unwrap()
        },
        |file: &Path| {
            let length = fs::metadata(file).unwrap().len();
            fs::OpenOptions::new()
                .write(true)
                .open(file)
                .unwrap()
                .set_len(length / 2)
                .unwrap();
        },
        |file: &Path| {
            fs::copy(file.with_extension("backup"), file).unwrap();
        },
    ] {
        let folder = Folder::new();
        let service = serve(&folder).await;
        create(&service.gm, "of the backup").await.unwrap();
        let backup = folder.path().with_extension("backup");
        folder
            .other()
            .execute("VACUUM INTO ?1", [backup.to_str().unwrap()])
            .unwrap();
        service.stop().await.unwrap();
        let more = "WITH RECURSIVE n(x) AS (SELECT 2 UNION ALL SELECT x + 1 FROM n WHERE x < 2000)
            INSERT INTO projects (name, status) SELECT 'later ' || x, 'active' FROM n";
        folder.other().execute_batch(more).unwrap();
        folder.other().execute_batch("DELETE FROM projects").unwrap();
        is_lost(&folder, cut).await.stop().await.unwrap();
    }
}

/// The other program runs `VACUUM` and a checkpoint.
#[tokio::test]
async fn a_vacuum_by_another_program_is_accepted() {
    let folder = Folder::new();
    let service = serve(&folder).await;
    service.stop().await.unwrap();
    let more = "WITH RECURSIVE n(x) AS (SELECT 2 UNION ALL SELECT x + 1 FROM n WHERE x < 2000)
        INSERT INTO projects (name, status) SELECT 'later ' || x, 'active' FROM n";
    folder.other().execute_batch(more).unwrap();
    folder.other().execute_batch("DELETE FROM projects").unwrap();
    let service = serve(&folder).await;
    let mut live = Project::query().watch(&service.gm);
    live.next().await.unwrap().unwrap();
    let before = fs::metadata(folder.path()).unwrap().len();
    folder
        .other()
        .execute_batch("VACUUM; INSERT INTO projects (name, status) VALUES ('of another', 'active'); PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    assert!(fs::metadata(folder.path()).unwrap().len() < before);
    // The writer checks the file before it publishes the commit, and before each write.
    live.next().await.unwrap().unwrap();
    create(&service.gm, "after").await.unwrap();
    assert_eq!(names(&service.gm).await, ["of another", "after"]);
    service.stop().await.unwrap();
}
