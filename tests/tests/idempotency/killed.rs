//! An owner that is killed, behind a proxy that loses a third of the answers and cuts connections: each row once, and each caller gets a
//! true answer.
//!
//! Each run creates a part of the rows. All 10,000, with ten kills, on both databases:
//!
//! ```sh
//! GM_TESTS_CREATES=10000 GM_TESTS_KILLS=10 scripts/postgres cargo nextest run --locked --workspace \
//!     --features gm-examples/postgres --test idempotency killed --no-capture
//! ```

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use gm_runtime::client::Timeouts;
use gm_runtime::{GeneralManager, Gm};
use gm_tests::conformance::Project;
use gm_tests::postgres::Database;

use crate::proxy::{Losses, Proxy};

/// The callers at one time.
const CALLERS: usize = 32;

/// One of so many creates is a batch of two.
const BATCHES: usize = 5;

/// The projects of the conformance service.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "projects"
)]
struct RemoteProject {
    #[field(id)]
    id: i64,
    name: String,
    status: String,
}

/// An owner in a process of its own.
struct Owner {
    child: Child,
    address: SocketAddr,
}

impl Owner {
    /// Starts the process, and returns when it listens.
    fn start(database: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_conformance-service"))
            .args(["--keep", "--database", database])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = child.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let address = line.trim().rsplit("http://").next().unwrap().parse().unwrap();
        Self { child, address }
    }

    /// Kills the process (SIGKILL).
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn project(name: &str) -> RemoteProjectCreate {
    RemoteProjectCreate {
        name: name.to_owned(),
        status: "new".to_owned(),
    }
}

/// Creates the project of this number. Some are created in a batch, with another one.
async fn create(gm: &Gm, number: usize) -> Vec<(i64, String)> {
    let name = format!("project {number}");
    if !number.is_multiple_of(BATCHES) {
        let created = RemoteProject::create(project(&name)).exec(gm).await.unwrap();
        assert_eq!(created.name, name);
        return vec![(created.id, name)];
    }
    let other = format!("project {number}, too");
    let mut batch = gm.batch();
    let projects = [&name, &other].map(|name| batch.add(RemoteProject::create(project(name))));
    let results = batch.send().await.unwrap();
    let projects = projects.map(|project| results.row(project).unwrap());
    let created: Vec<_> = projects
        .into_iter()
        .map(|project| (project.id, project.name))
        .collect();
    assert_eq!([&created[0].1, &created[1].1], [&name, &other]);
    created
}

fn variable(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

async fn creates_under_kills(database: &str) {
    let (creates, kills) = (variable("GM_TESTS_CREATES", 200), variable("GM_TESTS_KILLS", 2));
    let begin = Instant::now();
    let mut owner = Owner::start(database);
    let losses = Losses {
        requests: Some(10),
        answers: Some(3),
    };
    let proxy = Proxy::to(owner.address, losses, 7).await;
    let gm = Gm::builder()
        .base_url("http://owner.test", proxy.url())
        .retries(1_000)
        .timeouts(Timeouts::new().response(Duration::from_secs(5)))
        .build()
        .await
        .unwrap();
    while RemoteProject::query().count(&gm).await.is_err() {}

    let (next, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (gm, next, done) = (gm.clone(), Arc::clone(&next), Arc::clone(&done));
            tokio::spawn(async move {
                let mut created = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= creates {
                        return created;
                    }
                    created.extend(create(&gm, number).await);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for kill in 1..=kills {
        // In the middle of the work.
        while done.load(Ordering::Relaxed) < creates * kill / (kills + 1) {
            tokio::task::yield_now().await;
        }
        owner.kill();
        owner = Owner::start(database);
        proxy.redirect_to(owner.address);
    }
    let mut answered = BTreeMap::new();
    for caller in callers {
        for (id, name) in caller.await.unwrap() {
            assert_eq!(answered.insert(id, name), None, "two callers got the row {id}");
        }
    }
    owner.kill();

    let gm = Gm::builder()
        .database(database)
        .manager::<Project>()
        .build()
        .await
        .unwrap();
    let stored: BTreeMap<_, _> = Project::query()
        .all(&gm)
        .await
        .unwrap()
        .iter()
        .map(|project| (project.id, project.name.clone()))
        .collect();
    assert_eq!(stored.len(), creates + creates.div_ceil(BATCHES));
    assert_eq!(stored, answered);
    gm.close().await;
    let (lost_requests, lost_answers) = proxy.lost();
    assert!(
        lost_answers as usize > creates / 4,
        "{lost_answers} answers were lost"
    );
    println!(
        "{creates} creates and batches, {kills} kills: {lost_answers} lost answers, {lost_requests} lost requests, {:.1} s",
        begin.elapsed().as_secs_f64()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn creates_are_carried_out_once_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    creates_under_kills(&format!(
        "sqlite://{}",
        folder.path().join("projects.db").display()
    ))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn creates_are_carried_out_once_on_postgres() {
    let database = Database::create().await;
    creates_under_kills(&database.url()).await;
}
