//! Databases of their own.

use std::path::Path;

use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};
use uuid::Uuid;

use super::variable;

/// A database of its own, which is dropped at the end.
///
/// The URL is that of a superuser, `postgres`, by TCP.
#[derive(Debug)]
pub struct Database {
    /// How another database of the server is connected to, as a superuser.
    server: Config,
    address: String,
    name: String,
}

impl Database {
    /// A new database of the server that `scripts/postgres` started.
    ///
    /// # Panics
    /// If there is no server.
    pub async fn create() -> Self {
        let url = variable("GM_TEST_POSTGRES");
        let server: Config = url.parse().expect("`GM_TEST_POSTGRES` is a URL");
        let host = match server.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            other => panic!("`GM_TEST_POSTGRES` has the host {other:?}"),
        };
        let port = server.get_ports().first().copied().unwrap_or(5432);
        Self::create_on(server, format!("{host}:{port}")).await
    }

    /// A new database of this server, whose TCP address is `address`.
    pub(super) async fn create_on(server: Config, address: String) -> Self {
        Self::create_from(server, address, "template0").await
    }

    async fn create_from(server: Config, address: String, template: &str) -> Self {
        let name = format!("gm_{}", Uuid::new_v4().simple());
        let database = Self {
            server,
            address,
            name,
        };
        let create = format!("CREATE DATABASE {} TEMPLATE {template}", database.name);
        client(&database.server)
            .await
            .batch_execute(&create)
            .await
            .unwrap();
        database
    }

    /// A new database with the tables and rows of this one, to which nothing may be connected.
    ///
    /// # Panics
    /// If there is a connection to this database.
    pub async fn copy(&self) -> Self {
        Self::create_from(self.server.clone(), self.address.clone(), &self.name).await
    }

    /// The name of the database.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The host and the port of the server, as URLs have them.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The URL of the database.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_at(&self.address)
    }

    /// The URL of the database at this host and port, for example those of a proxy.
    #[must_use]
    pub fn url_at(&self, address: &str) -> String {
        format!("postgres://postgres@{address}/{}", self.name)
    }

    /// A connection of another program, as a superuser.
    ///
    /// # Panics
    /// If there is none.
    pub async fn connect(&self) -> Client {
        let mut config = self.server.clone();
        config.dbname(&self.name).application_name("another program");
        client(&config).await
    }

    /// Executes statements as another program, over a connection of their own.
    ///
    /// # Panics
    /// If one fails.
    pub async fn execute(&self, statements: &str) {
        let executed = self.connect().await.batch_execute(statements).await;
        executed.unwrap_or_else(|error| panic!("{statements}: {error:?}"));
    }

    /// The rows of a query as text, by another program. A null is `NULL`.
    ///
    /// # Panics
    /// If it fails.
    pub async fn rows(&self, query: &str) -> Vec<Vec<String>> {
        let answer = self.connect().await.simple_query(query).await;
        let answer = answer.unwrap_or_else(|error| panic!("{query}: {error:?}"));
        let rows = answer.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        rows.map(|row| {
            let cells = (0..row.len()).map(|cell| row.get(cell).unwrap_or("NULL").to_owned());
            cells.collect()
        })
        .collect()
    }

    /// The first value of a query as text, by another program.
    ///
    /// # Panics
    /// If the query fails or has no rows.
    pub async fn value(&self, query: &str) -> String {
        let rows = self.rows(query).await;
        let value = rows.into_iter().flatten().next();
        value.unwrap_or_else(|| panic!("no rows: {query}"))
    }
}

impl Drop for Database {
    /// Also closes the connections of others. A server that was stopped for good has no database to drop.
    fn drop(&mut self) {
        let (server, drop) = (
            self.server.clone(),
            format!("DROP DATABASE {} WITH (FORCE)", self.name),
        );
        // A runtime can't block in a runtime.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let (client, connection) = server.connect(NoTls).await?;
                tokio::spawn(connection);
                client.batch_execute(&drop).await
            })
        });
        if let Ok(Err(error)) = dropping.join() {
            eprintln!("the database {} is not dropped: {error:?}", self.name);
        }
    }
}

async fn client(config: &Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    // It ends with the client.
    tokio::spawn(connection);
    client
}

/// How a superuser connects to the server with this port whose socket is in this folder.
pub(super) fn by_socket(folder: &Path, port: u16) -> Config {
    let mut config = Config::new();
    config
        .host_path(folder)
        .port(port)
        .user("postgres")
        .dbname("postgres");
    config
}
