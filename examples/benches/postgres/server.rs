//! The Postgres server of the benchmark.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls};

use crate::process::{cpu_of_stat, fields_of_stat};

/// A connection to the server, which creates and drops databases.
pub(crate) struct Server {
    url: String,
    runtime: Runtime,
    client: Client,
    /// The server's first process, if it runs on this machine.
    postmaster: Option<u32>,
    /// The script that runs a server of this benchmark's own.
    own: Option<Child>,
}

impl Server {
    /// Starts a server on this machine by `scripts/postgres`.
    pub(crate) fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/postgres");
        let mut own = Command::new(script)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the script starts");
        let mut url = String::new();
        BufReader::new(own.stdout.take().expect("its output"))
            .read_line(&mut url)
            .expect("a URL");
        let mut server = Self::connect(url.trim());
        server.own = Some(own);
        // The script's server is for tests, and writes nothing to the disk. The defaults of Postgres do.
        for setting in ["fsync", "full_page_writes"] {
            server.execute(&format!("ALTER SYSTEM SET {setting} = on"));
        }
        server.execute("SELECT pg_reload_conf()");
        server
    }

    /// Connects to the server of this URL, whose role may create databases.
    pub(crate) fn connect(url: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let client = runtime.block_on(client(url));
        let backend: i32 = runtime
            .block_on(client.query_one("SELECT pg_backend_pid()", &[]))
            .expect("the server answers")
            .get(0);
        Self {
            postmaster: parent(backend.cast_unsigned()),
            url: url.to_owned(),
            runtime,
            client,
            own: None,
        }
    }

    /// Creates a database, as a copy of another one or empty, and returns its URL.
    pub(crate) fn create(&self, database: &str, copy_of: Option<&str>) -> String {
        self.drop(database);
        let template = copy_of.unwrap_or("template0");
        self.execute(&format!("CREATE DATABASE {database} TEMPLATE {template}"));
        with_database(&self.url, database)
    }

    pub(crate) fn drop(&self, database: &str) {
        self.execute(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"));
    }

    /// Executes SQL in a database of this server.
    pub(crate) fn execute_in(&self, url: &str, sql: &str) {
        self.runtime.block_on(async {
            client(url)
                .await
                .batch_execute(sql)
                .await
                .expect("the server answers");
        });
    }

    fn execute(&self, sql: &str) {
        let executed = self.runtime.block_on(self.client.batch_execute(sql));
        executed.expect("the server answers");
    }

    /// The user and system time of all its processes, if it runs on this machine. The first process counts those that have ended.
    pub(crate) fn cpu(&self) -> Option<Duration> {
        let postmaster = self.postmaster?;
        let mut sum = Duration::ZERO;
        for entry in std::fs::read_dir("/proc").expect("Linux's /proc") {
            let path = entry.expect("an entry").path();
            // Most entries are no process, and a process may end meanwhile.
            let Ok(stat) = std::fs::read_to_string(path.join("stat")) else {
                continue;
            };
            if !stat.starts_with(|first: char| first.is_ascii_digit()) {
                continue;
            }
            let fields = fields_of_stat(&stat);
            let is_first = stat.starts_with(&format!("{postmaster} "));
            if is_first || fields[1] == postmaster.to_string() {
                sum += cpu_of_stat(&stat);
            }
            if is_first {
                let ticks = |field: usize| fields[field].parse::<u64>().expect("a number");
                sum += Duration::from_millis((ticks(13) + ticks(14)) * 10);
            }
        }
        Some(sum)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(own) = &mut self.own {
            // It may have ended already. The script's server ends with it.
            let _ = own.kill();
            let _ = own.wait();
        }
    }
}

async fn client(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .expect("the server accepts");
    tokio::spawn(connection);
    client
}

/// The parent of a backend on this machine.
fn parent(backend: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{backend}/stat")).ok()?;
    let is_postgres = stat.contains("(postgres)");
    is_postgres.then(|| fields_of_stat(&stat)[1].parse().expect("a process"))
}

/// The URL with another database.
fn with_database(url: &str, database: &str) -> String {
    let (url, parameters) = url
        .split_once('?')
        .map_or((url, None), |(url, parameters)| (url, Some(parameters)));
    let authority = url.find("://").expect("a URL") + 3;
    let end = url[authority..]
        .find('/')
        .map_or(url.len(), |path| authority + path);
    let parameters = parameters.map_or_else(String::new, |parameters| format!("?{parameters}"));
    format!("{}/{database}{parameters}", &url[..end])
}
