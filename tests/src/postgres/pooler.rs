//! pgbouncer before a server.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use uuid::Uuid;

use super::{Database, variable};

/// pgbouncer in transaction mode before a server, on a free port of 127.0.0.1. It ends when it is dropped.
///
/// Each transaction gets one of two connections to the server, which other transactions had before.
#[derive(Debug)]
pub struct Pooler {
    process: Child,
    folder: PathBuf,
    port: u16,
}

impl Pooler {
    /// Starts pgbouncer before the server of this database. If there is no pgbouncer, says so and returns `None`.
    ///
    /// # Panics
    /// If it does not start, or if there is none and `GM_REQUIRE_PGBOUNCER` is set.
    #[must_use]
    pub fn to(database: &Database) -> Option<Self> {
        Self::before(database.address())
    }

    /// Starts pgbouncer before the server with this address, for example that of a proxy. `None` if there is no pgbouncer.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn before(address: &str) -> Option<Self> {
        let program = ["pgbouncer", "/usr/sbin/pgbouncer"]
            .into_iter()
            .find(|program| Command::new(program).arg("--version").output().is_ok());
        let Some(program) = program else {
            assert!(
                std::env::var_os("GM_REQUIRE_PGBOUNCER").is_none(),
                "there is no pgbouncer"
            );
            eprintln!("SKIPPED: there is no pgbouncer");
            return None;
        };
        let sockets = PathBuf::from(variable("GM_TEST_POSTGRES_FOLDER"));
        let folder = sockets.join(Uuid::new_v4().simple().to_string());
        std::fs::create_dir(&folder).unwrap();
        let (host, server_port) = address.rsplit_once(':').unwrap();
        loop {
            // Free a moment ago. Another program may take it first.
            let port = std::net::TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port();
            let config = format!(
                "[databases]\n* = host={host} port={server_port} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
                 listen_port = {port}\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 2\nunix_socket_dir =\n"
            );
            let file = folder.join("pgbouncer.ini");
            std::fs::write(&file, config).unwrap();
            let mut command = Command::new(program);
            command
                .arg(&file)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped());
            // It refuses to run as root, as the server does.
            let owner = std::fs::metadata(sockets.join("template")).unwrap();
            if owner.uid() != std::fs::metadata(&folder).unwrap().uid() {
                command.uid(owner.uid()).gid(owner.gid());
            }
            let mut process = command.spawn().unwrap();
            let lines = BufReader::new(process.stderr.take().unwrap()).lines();
            let (ready, is_ready) = mpsc::channel();
            std::thread::spawn(move || {
                for line in lines.map_while(Result::ok) {
                    if line.contains("process up") {
                        let _ = ready.send(());
                    }
                }
            });
            if is_ready.recv().is_ok() {
                return Some(Self {
                    process,
                    folder,
                    port,
                });
            }
            let _ = process.wait();
        }
    }

    /// The host and the port, as URLs have them.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
