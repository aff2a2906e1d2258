//! A process that is killed while it writes many rows: each call is there as a whole or not at all.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use gm_runtime::Gm;
use gm_tests::postgres::Database;

use super::{Task, task, tasks};

/// The URL of the database of the process that is killed, and the number of its first tenant.
const URL: &str = "GM_TEST_BULK_URL";
const FIRST: &str = "GM_TEST_BULK_FIRST";
const ROWS: i64 = 700;
const KILLS: usize = 4;

async fn open(url: &str) -> Gm {
    Gm::builder()
        .database(url)
        .manager::<Task>()
        .build()
        .await
        .unwrap()
}

/// The process that is killed. Without the variable, this is no test.
#[tokio::test]
async fn writes_until_it_is_killed() {
    let Ok(url) = std::env::var(URL) else {
        return;
    };
    let gm = open(&url).await;
    let first: i64 = std::env::var(FIRST).unwrap().parse().unwrap();
    for tenant in first.. {
        Task::create_many((0..ROWS).map(|_| task(tenant, "a")))
            .exec(&gm)
            .await
            .unwrap();
        println!("\ncreated {tenant}");
        let of_tenant = Task::filter(|t| t.tenant.eq(tenant));
        of_tenant.update_all().priority(1).exec(&gm).await.unwrap();
        println!("\nupdated {tenant}");
        if tenant % 2 == 0 {
            of_tenant.delete_all(&gm).await.unwrap();
            println!("\ndeleted {tenant}");
        }
    }
}

/// Kills a process that writes, after this many of its calls were answered. Returns the last answer of each tenant.
fn kill(url: &str, first: usize, calls: usize) -> BTreeMap<i64, String> {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "bulk::killed::writes_until_it_is_killed",
            "--nocapture",
        ])
        .env(URL, url)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut answers = BTreeMap::new();
    let mut seen = 0;
    for line in lines {
        let line = line.unwrap();
        let answer = ["created ", "updated ", "deleted "]
            .iter()
            .find(|answer| line.starts_with(**answer));
        if let Some(answer) = answer {
            answers.insert(line[answer.len()..].parse().unwrap(), answer.trim().to_owned());
            seen += 1;
            if seen == calls {
                // The next call is being carried out.
                process.kill().unwrap();
            }
        }
    }
    assert!(!process.wait().unwrap().success());
    answers
}

async fn each_call_is_there_as_a_whole_or_not_at_all(url: &str) {
    drop(open(url).await);
    let mut answers = BTreeMap::new();
    for kills in 0..KILLS {
        answers.extend(kill(url, kills * 1_000, 3 + kills * 2));
    }
    let gm = open(url).await;
    let mut found: BTreeMap<i64, Vec<(i32, i64)>> = BTreeMap::new();
    for row in tasks(&gm).await {
        found
            .entry(row.tenant)
            .or_default()
            .push((row.priority, row.version));
    }
    for (tenant, rows) in &found {
        assert_eq!(rows.len() as i64, ROWS, "{tenant}");
        assert!(rows.iter().all(|row| row == &rows[0]), "{tenant}");
    }
    for (tenant, answer) in answers {
        let row = found.get(&tenant).map(|rows| rows[0]);
        // The call behind the last answer may have been committed.
        let expected = match answer.as_str() {
            "created" => vec![Some((0, 1)), Some((1, 2))],
            "updated" => vec![Some((1, 2)), None],
            _ => vec![None],
        };
        assert!(expected.contains(&row), "{tenant} was {answer}, and is {row:?}");
    }
}

#[tokio::test]
async fn each_call_is_there_as_a_whole_or_not_at_all_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("tasks.db").display());
    each_call_is_there_as_a_whole_or_not_at_all(&url).await;
}

#[tokio::test]
async fn each_call_is_there_as_a_whole_or_not_at_all_on_postgres() {
    let database = Database::create().await;
    each_call_is_there_as_a_whole_or_not_at_all(&database.url()).await;
}
