//! Servers of a test's own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use tokio_postgres::Config;
use uuid::Uuid;

use super::database::by_socket;
use super::{Database, variable};
use crate::random::Random;

/// How a server is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// Ends the connections, and writes everything (SIGINT).
    Fast,
    /// Ends the connections, and recovers at the next start (SIGQUIT).
    Immediate,
    /// Kills the first process (SIGKILL). The others end when they notice it.
    Kill,
}

/// A server of the test's own, for tests that stop it or change its settings. It ends and is removed at the end.
///
/// Every local user is trusted, and the URLs are those of a superuser, `postgres`.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    sockets: PathBuf,
    programs: PathBuf,
    settings: Vec<String>,
    port: u16,
    process: Option<Child>,
    log: Arc<Mutex<String>>,
}

/// The settings of a [`Server`].
#[derive(Clone, Debug, Default)]
pub struct ServerBuilder {
    settings: Vec<String>,
    access: Option<String>,
    files: Vec<(String, String)>,
}

impl ServerBuilder {
    /// Adds a setting of `postgresql.conf`.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push(format!("{name}={value}"));
        self
    }

    /// Sets the lines of `pg_hba.conf` for TCP.
    #[must_use]
    pub fn access(mut self, lines: &str) -> Self {
        self.access = Some(lines.to_owned());
        self
    }

    /// Adds a file to the server's folder, for example a key, which only the server may read.
    #[must_use]
    pub fn file(mut self, name: &str, content: &str) -> Self {
        self.files.push((name.to_owned(), content.to_owned()));
        self
    }

    /// Makes the server a standby, in recovery and read-only. It has no primary.
    #[must_use]
    pub fn standby(self) -> Self {
        self.file("standby.signal", "")
            .setting("wal_level", "replica")
            .setting("max_wal_senders", "10")
    }

    /// Starts the server, and returns when it accepts connections.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start(self) -> Server {
        let sockets = PathBuf::from(variable("GM_TEST_POSTGRES_FOLDER"));
        let name = Uuid::new_v4();
        let folder = sockets.join(name.simple().to_string());
        let copied = Command::new("cp")
            .arg("-a")
            .args([&sockets.join("template"), &folder])
            .status();
        assert!(copied.unwrap().success(), "the cluster is not copied");
        if let Some(lines) = self.access {
            // The fixture itself connects by the socket.
            let lines = format!("local all all trust\n{lines}\n");
            fs::write(folder.join("pg_hba.conf"), lines).unwrap();
        }
        for (name, content) in self.files {
            let path = folder.join(name);
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let owner = fs::metadata(&folder).unwrap();
            chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
        }
        let mut server = Server {
            programs: sockets.join("bin"),
            folder,
            sockets,
            settings: self.settings,
            port: 0,
            process: None,
            log: Arc::default(),
        };
        let mut random = Random::new(name.as_u64_pair().0);
        loop {
            // Below the ports that systems choose for outgoing connections, so that a stopped server finds its port free.
            server.port = u16::try_from(20_000 + random.below(12_000)).unwrap();
            match server.try_start() {
                Ok(()) => return server,
                Err(log) if log.contains("could not bind") => {}
                Err(log) => panic!("the server ended:\n{log}"),
            }
        }
    }
}

impl Server {
    /// The settings of a server.
    #[must_use]
    pub fn builder() -> ServerBuilder {
        ServerBuilder::default()
    }

    /// Starts a server.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// The log of the failed start.
    fn try_start(&mut self) -> Result<(), String> {
        let owner = fs::metadata(&self.folder).unwrap();
        let mut command = Command::new(self.programs.join("postgres"));
        command.arg("-D").arg(&self.folder);
        let port = format!("port={}", self.port);
        for setting in self.settings.iter().chain([&port]) {
            command.args(["-c", setting]);
        }
        command
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        // A server refuses to run as root.
        if owner.uid() != fs::metadata("/proc/self").map_or(owner.uid(), |own| own.uid()) {
            command.uid(owner.uid()).gid(owner.gid());
        }
        let mut process = command.spawn().unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let log = Arc::clone(&self.log);
        log.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let (ready, is_ready) = mpsc::channel();
        // Its end is that of the server's last process.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
                log.push_str(&line);
                log.push('\n');
                if line.contains("ready to accept") {
                    let _ = ready.send(());
                }
            }
        });
        if is_ready.recv().is_ok() {
            self.process = Some(process);
            return Ok(());
        }
        process.wait().unwrap();
        Err(self.log())
    }

    /// Stops the server, and returns when its first process has ended.
    ///
    /// # Panics
    /// If it is stopped.
    pub fn stop(&mut self, shutdown: Shutdown) {
        let mut process = self.process.take().expect("a server that runs");
        end(&mut process, shutdown);
    }

    /// Starts the server again, with the same port and rows.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_again(&mut self) {
        assert!(self.process.is_none(), "the server runs");
        loop {
            match self.try_start() {
                Ok(()) => return,
                // Processes of a killed server have not yet noticed.
                Err(log) if log.contains("is still in use") => {}
                Err(log) => panic!("the server ended:\n{log}"),
            }
        }
    }

    /// What the server logged since its start.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The folder of the server's files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The host and the port of the server, as URLs have them.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// How a superuser connects to the database `postgres` of this server, by its socket.
    #[must_use]
    pub fn config(&self) -> Config {
        by_socket(&self.sockets, self.port)
    }

    /// A new database of this server.
    ///
    /// # Panics
    /// If the server does not run.
    pub async fn database(&self) -> Database {
        Database::create_on(self.config(), self.address()).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            end(process, Shutdown::Immediate);
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn end(process: &mut Child, shutdown: Shutdown) {
    let signal = match shutdown {
        Shutdown::Fast => "-INT",
        Shutdown::Immediate => "-QUIT",
        Shutdown::Kill => "-KILL",
    };
    // It may have ended before.
    let _ = Command::new("kill")
        .args([signal, &process.id().to_string()])
        .output();
    let _ = process.wait();
}
