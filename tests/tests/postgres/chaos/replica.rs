//! The replicas of the service: processes, each with a proxy to the database.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use gm_tests::keep_alive::KeepAlive;
use gm_tests::postgres::{Backend, Database, Proxy};
use gm_tests::random::Random;
use gm_tests::raw::Request;
use tokio::sync::Semaphore;

/// The connections over which subscribers read.
const READS_AT_ONCE: usize = 16;

/// A replica. It has the same address whenever it runs.
pub(crate) struct Replica {
    pub(crate) address: SocketAddr,
    pub(crate) proxy: Proxy,
    url: String,
    subscribers: usize,
    process: Mutex<Option<Child>>,
    idle: Mutex<Vec<KeepAlive>>,
    permits: Semaphore,
}

/// An address whose port systems do not choose for outgoing connections, so that it stays free.
fn free_address(random: &mut Random) -> SocketAddr {
    loop {
        let port = u16::try_from(20_000 + random.below(12_000)).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if std::net::TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

impl Replica {
    pub(crate) fn start_new(database: &Database, random: &mut Random, subscribers: usize) -> Self {
        let proxy = Proxy::to(database.address());
        let replica = Self {
            address: free_address(random),
            url: database.url_at(&proxy.address()),
            proxy,
            subscribers,
            process: Mutex::default(),
            idle: Mutex::default(),
            permits: Semaphore::new(READS_AT_ONCE),
        };
        replica.start();
        replica
    }

    /// Starts the process, and returns when it listens. It is tried again if the database is not there.
    pub(crate) fn start(&self) {
        loop {
            let mut child = Command::new(env!("CARGO_BIN_EXE_conformance-service"))
                .args(["--keep", "--listen", &self.address.to_string()])
                .args(["--database", &self.url])
                .args(["--subscribers", &self.subscribers.to_string()])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut line = String::new();
            let output = child.stdout.take().unwrap();
            BufReader::new(output).read_line(&mut line).unwrap();
            if line.starts_with("listening") {
                *self.process.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
                return;
            }
            child.wait().unwrap();
        }
    }

    /// Kills the process (SIGKILL).
    pub(crate) fn kill(&self) {
        let process = self.process.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut process) = process {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// The server's process of the connection by which the replica hears events.
    pub(crate) async fn listening_backend(&self, database: &Database) -> Option<Backend> {
        let ports: Vec<_> = self.proxy.client_ports().iter().map(u16::to_string).collect();
        if ports.is_empty() {
            return None;
        }
        // What a session has sent last.
        let listens = "query ~ '^(LISTEN|NOTIFY) '";
        let condition = format!("client_port IN ({}) AND {listens}", ports.join(", "));
        database.backends(&condition).await.pop()
    }

    /// Sends a read.
    pub(crate) async fn read(&self, request: &Request) -> Option<gm_tests::raw::Response> {
        let _permit = self.permits.acquire().await.unwrap();
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut client = idle.unwrap_or_else(|| KeepAlive::new(self.address));
        let answer = tokio::time::timeout(super::STUCK, client.send(request)).await;
        let answer = answer.expect("an answer").ok()?;
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(client);
        Some(answer)
    }

    /// Reads the name of a project. `None` if the replica can't answer now.
    pub(crate) async fn name(&self, id: i64) -> Option<String> {
        let get = Request::new("GET", &format!("/internal/gm/projects/{id}"));
        let answer = self.read(&get).await?;
        match answer.status {
            200 => Some(answer.json()["items"][0]["name"].as_str().unwrap().to_owned()),
            503 => {
                assert!(
                    answer.header("retry-after").is_some(),
                    "503 without `Retry-After`"
                );
                None
            }
            status => panic!("row {id}: {status} {}", answer.json()),
        }
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A pause between attempts.
pub(crate) async fn pause(random: &mut Random) {
    tokio::time::sleep(Duration::from_millis(50 + random.below(200) as u64)).await;
}
