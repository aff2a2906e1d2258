//! The server's processes, each of which serves one connection.

use std::process::Command;
use std::time::Duration;

use tokio_postgres::NoTls;

use super::Database;

/// The server's process of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backend {
    /// The id of the process.
    pub pid: u32,
}

/// A process that was stopped (SIGSTOP): its connection stays open, and nothing is read or answered. It continues at the end.
#[derive(Debug)]
pub struct Stopped(Backend);

impl Database {
    /// The connections to this database for which a condition on `pg_stat_activity` holds, beside that of this query.
    ///
    /// # Panics
    /// If the condition is not valid.
    pub async fn backends(&self, condition: &str) -> Vec<Backend> {
        let query = format!(
            "SELECT pid FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND ({condition}) ORDER BY pid"
        );
        let rows = self.rows(&query).await;
        let pids = rows.iter().flatten().map(|pid| pid.parse().unwrap());
        pids.map(|pid| Backend { pid }).collect()
    }

    /// Kills processes of the server (SIGKILL), and waits until it has ended all others and accepts connections again.
    ///
    /// # Panics
    /// If one has ended, or the server runs on another machine.
    pub async fn crash(&self, backends: &[Backend]) {
        if backends.is_empty() {
            return;
        }
        let witness = self.connect().await;
        for backend in backends {
            assert!(backend.signal("-KILL"), "there is no process {}", backend.pid);
        }
        // The server still accepts connections until it has noticed.
        while witness.batch_execute("SELECT").await.is_ok() {}
        while tokio_postgres::connect(&self.url(), NoTls).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until a query of another program has this value.
    pub async fn until(&self, query: &str, value: &str) {
        let client = self.connect().await;
        loop {
            let rows = client.simple_query(query).await.unwrap();
            let mut rows = rows.iter().filter_map(|message| match message {
                tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
                _ => None,
            });
            if rows.next() == Some(value) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Backend {
    fn signal(self, signal: &str) -> bool {
        let sent = Command::new("kill")
            .args([signal, &self.pid.to_string()])
            .output();
        sent.unwrap().status.success()
    }

    /// Stops the process.
    ///
    /// # Panics
    /// If it has ended, or the server runs on another machine.
    #[must_use]
    pub fn stop(self) -> Stopped {
        assert!(self.signal("-STOP"), "there is no process {}", self.pid);
        Stopped(self)
    }

    /// Ends the connection as an administrator does (`pg_terminate_backend`).
    ///
    /// # Panics
    /// If it has ended, or the server runs on another machine.
    pub fn terminate(self) {
        assert!(self.signal("-TERM"), "there is no process {}", self.pid);
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        // The process may have ended: the server was killed, or the database was dropped.
        self.0.signal("-CONT");
    }
}
