//! Tests of `help-desk`: customers of two tenants, agents and an administrator, each in a consumer with tokens of its own.

mod consumer;
mod events;
mod foreign_key;
mod identity_provider;
mod limits;
mod rows;
mod tokens;

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::http::post;
use crate::service::{Service, address_in, help_desk};
use identity_provider::{AUDIENCE, ISSUER, IdentityProvider};

/// A help desk, and the identity provider of its callers.
struct HelpDesk {
    provider: IdentityProvider,
    address: SocketAddr,
    service: Service,
    folder: TempDir,
}

impl HelpDesk {
    fn start() -> Self {
        Self::with_tokens_of(Duration::from_secs(15 * 60))
    }

    /// A help desk whose identity provider gives tokens of this life.
    fn with_tokens_of(life: Duration) -> Self {
        Self::on(tempfile::tempdir().unwrap(), IdentityProvider::start(life))
    }

    fn on(folder: TempDir, provider: IdentityProvider) -> Self {
        let mut command = help_desk();
        command
            .args([
                "--listen",
                "127.0.0.1:0",
                "--issuer",
                ISSUER,
                "--audience",
                AUDIENCE,
            ])
            .args(["--jwks", &provider.jwks_url(), "--database"])
            .arg(format!("sqlite://{}", database(folder.path()).display()))
            .env("RUST_LOG", "info,gm::audit=debug")
            .env("NO_COLOR", "1")
            .stderr(File::create(folder.path().join("log")).unwrap());
        let mut service = Service::spawn(command);
        let address = address_in(&service.line());
        Self {
            provider,
            address,
            service,
            folder,
        }
    }

    /// The same help desk on its database, after this SQL has changed it.
    fn migrated(self, change: impl FnOnce(&Connection)) -> Self {
        let Self {
            provider,
            service,
            folder,
            ..
        } = self;
        drop(service);
        change(&Connection::open(database(folder.path())).unwrap());
        Self::on(folder, provider)
    }

    /// The lines of the audit log about this caller, once there are this many.
    async fn audit(&self, principal: &str, count: usize) -> Vec<String> {
        let principal = format!("principal=\"{principal}\"");
        loop {
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap();
            let lines = log
                .lines()
                .filter(|line| line.contains("gm::audit") && line.contains(&principal));
            let lines: Vec<_> = lines.map(str::to_owned).collect();
            if lines.len() >= count {
                return lines;
            }
            tokio::task::yield_now().await;
        }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The answer to a request with this token.
    async fn post(&self, path: &str, token: Option<&str>, body: &Json) -> (u16, Json) {
        let (address, path, body) = (self.address, path.to_owned(), body.to_string());
        let authorization = token.map(|token| format!("Bearer {token}"));
        let request = move || post(address, &path, authorization.as_deref(), &body);
        tokio::task::spawn_blocking(request).await.unwrap()
    }
}

fn database(folder: &Path) -> PathBuf {
    folder.join("help-desk.db")
}
