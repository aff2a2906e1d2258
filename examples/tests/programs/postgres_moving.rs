//! The guide's page "From SQLite to replicas": its commands move rows to Postgres, serve them by three replicas, and operate them.
//!
//! They need bash, curl and sqlite3. Without HAProxy one of the replicas takes the place of the proxy.

use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use gm_tests::postgres::Server;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::readme::{blocks, read, root};

/// A shell that executes the commands of the page. It ends with the processes that it has started.
struct Shell(Child);

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = kill_process_group(Pid::from_child(&self.0), Signal::KILL);
        let _ = self.0.wait();
    }
}

/// Whether these programs are installed.
fn are_installed(programs: &[&str]) -> bool {
    programs
        .iter()
        .all(|program| Command::new(program).arg("--version").output().is_ok())
}

/// The first three digits and a half of four free ports: they end with 0 to 3.
fn free_ports() -> u16 {
    // Below the ports that systems choose for outgoing connections.
    (2_000..3_200)
        .rev()
        .find(|tens| (0..4).all(|last| TcpListener::bind(("127.0.0.1", tens * 10 + last)).is_ok()))
        .expect("four free ports")
}

/// The folder in which the commands are executed, as they would be in the project's.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let place = |path: &str| -> PathBuf {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    };
    symlink(root().join("examples"), place("examples")).unwrap();
    symlink(env!("CARGO_BIN_EXE_help-desk"), place("target/debug/help-desk")).unwrap();
    // The program is built already.
    let cargo = place("bin/cargo");
    std::fs::write(&cargo, "#!/bin/sh\nexit 0\n").unwrap();
    std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// The commands of the page, with the addresses of this test.
fn commands(server: &Server) -> String {
    let ports = free_ports();
    let commands = blocks(&read("docs/guide/moving.md"), "shell").join("\n");
    let commands = commands
        .replace("127.0.0.1:808", &format!("127.0.0.1:{ports}"))
        .replace("@localhost/", &format!("@{}/", server.address()))
        .replace("sleep 2\n", "\n");
    if are_installed(&["haproxy"]) {
        return commands;
    }
    eprintln!("there is no HAProxy");
    let instead = format!(
        "tickets=${{tickets/:{ports}0/:{ports}3}}; comments=${{comments/:{ports}0/:{ports}3}}; sleep 1000 &"
    );
    commands.replace("haproxy -f haproxy.cfg &", &instead)
}

/// Executes the commands, and returns the answers of the service.
fn execute(commands: &str, folder: &Path) -> Vec<Json> {
    let postgres = std::env::var("GM_TEST_POSTGRES_FOLDER").unwrap();
    let path = std::env::var("PATH").unwrap();
    let output = folder.join("output");
    let shell = Command::new("bash")
        .args(["-euc", commands])
        .current_dir(folder)
        .env("PATH", format!("{}/bin:{postgres}/bin:{path}", folder.display()))
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(&output).unwrap())
        .process_group(0)
        .spawn()
        .unwrap();
    let ended = Shell(shell).0.wait().unwrap();
    let output = std::fs::read(&output).unwrap();
    let output = String::from_utf8_lossy(&output);
    eprintln!("{output}");
    assert!(ended.success(), "{ended}");
    output
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn the_guide_moves_a_service_to_replicas() {
    if !are_installed(&["bash", "curl", "sqlite3"]) {
        eprintln!("bash, curl or sqlite3 is missing");
        return;
    }
    let server = Server::start();
    let folder = folder();
    let answers = execute(&commands(&server), folder.path());
    let [
        printer,
        quotes,
        _taken,
        priced,
        blinks,
        internal,
        of_ada,
        of_kim,
        of_root,
        of_grace,
        at_replica_1,
        without_replica_2,
        after_change,
        after_backup,
        restored,
    ] = answers.try_into().expect("an answer to each request");
    let row = |answer: &Json| answer["items"][0].clone();

    assert_eq!(row(&printer)["created_by"], "ada");
    assert_eq!(row(&internal)["is_internal"], true);
    assert_eq!(of_ada["items"], json!([row(&blinks)]));
    let unpriced = |answer: &Json| {
        let mut row = row(answer);
        row.as_object_mut().unwrap().remove("price");
        row
    };
    assert_eq!(of_kim["items"], json!([unpriced(&priced), row(&quotes)]));
    assert_eq!(row(&priced)["price"], "12.50");
    assert_eq!(row(&of_root), row(&priced));
    assert_eq!(of_grace["error_code"], "not_found");
    let ids = [&at_replica_1, &without_replica_2, &after_change].map(|answer| row(answer)["id"].clone());
    assert_eq!(ids, [3, 4, 5].map(Json::from));
    assert_eq!(row(&after_backup)["title"], "Written after the backup");
    assert_eq!(row(&restored), row(&priced));

    let written = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let rights = written("rights.sql");
    let rights: Vec<_> = rights.lines().filter(|line| !line.starts_with("--")).collect();
    assert_eq!(
        rights.concat(),
        [
            r#"GRANT SELECT, INSERT, UPDATE ON "tickets" TO "desk";"#,
            r#"GRANT SELECT, INSERT, UPDATE ON "comments" TO "desk";"#,
            r#"GRANT SELECT, INSERT, UPDATE, DELETE ON "gm_idempotency" TO "desk";"#,
        ]
        .concat()
    );
    assert_eq!(written("migration.sql"), "");
}
