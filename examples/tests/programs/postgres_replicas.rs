//! `replicas` tells its steps, and fails if a consumer misses a change or has other rows than the database.

use std::process::Command;

use gm_tests::postgres::Database;

#[tokio::test]
async fn consumers_miss_no_change_while_owners_are_killed_and_stopped() {
    let database = Database::create().await;
    let mut replicas = Command::new(env!("CARGO_BIN_EXE_replicas"));
    replicas
        .env("DATABASE_URL", database.url())
        .env("RUST_LOG", "error");
    let output = tokio::task::spawn_blocking(move || replicas.output())
        .await
        .unwrap()
        .unwrap();
    let steps = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{steps}{errors}");
    for consumer in ["consumer 1", "consumer 2"] {
        for step in [
            "Before any failure",
            "After a kill",
            "Beside a stopped owner",
            "With all owners again",
        ] {
            let part = format!("{consumer} sees `{step}`");
            assert!(steps.contains(&part), "`{part}` is missing in:\n{steps}{errors}");
        }
        let part = format!("{consumer}: all 4 projects");
        assert!(steps.contains(&part), "`{part}` is missing in:\n{steps}{errors}");
    }
    assert_eq!(database.value("SELECT count(*) FROM projects").await, "4");
}
