//! A service whose rows are seeded anew for each group of cases.

use std::path::{Path, PathBuf};

use gm_runtime::GmBuilder;
use gm_runtime::interface::Synchronous;
use gm_tests::conformance::{self, Running};
use gm_tests::postgres::Database;
use rusqlite::Connection;
use tempfile::TempDir;

/// A service with the seeded rows, and a copy of these.
pub(crate) struct Seeded {
    pub(crate) running: Running,
    stored: Stored,
}

enum Stored {
    /// The copy is another file of the folder.
    Sqlite(TempDir),
    /// The copy is in the schema `seed`.
    Postgres {
        other: Box<tokio_postgres::Client>,
        _database: Box<Database>,
    },
}

/// The settings of a service.
type Settings = fn(GmBuilder) -> GmBuilder;

async fn serve(settings: Settings, builder: GmBuilder) -> Running {
    let running = Running::start(settings(builder)).await.unwrap();
    conformance::seed(&running.gm).await.unwrap();
    running
}

fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("cases.db")
}

fn seed_file(folder: &TempDir) -> PathBuf {
    folder.path().join("seed.db")
}

impl Seeded {
    pub(crate) async fn sqlite(settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let builder = conformance::builder()
            .database(format!("sqlite://{}", file(&folder).display()))
            .database_synchronous(Synchronous::Normal);
        let running = serve(settings, builder).await;
        let seed = seed_file(&folder);
        let copied = Connection::open(file(&folder))
            .unwrap()
            .execute("VACUUM INTO ?", [seed.to_str().unwrap()]);
        copied.unwrap();
        Self {
            running,
            stored: Stored::Sqlite(folder),
        }
    }

    pub(crate) async fn postgres(settings: Settings) -> Self {
        let database = Database::create().await;
        let running = serve(settings, conformance::builder().database(database.url())).await;
        let tables = conformance::tables().into_iter();
        let copies = tables.map(|table| format!("CREATE TABLE seed.{table} AS TABLE {table};"));
        let copies: String = copies.collect();
        let other = Box::new(database.connect().await);
        let copies = format!("CREATE SCHEMA seed; {copies}");
        other.batch_execute(&copies).await.unwrap();
        Self {
            running,
            stored: Stored::Postgres {
                other,
                _database: Box::new(database),
            },
        }
    }

    /// Restores the seeded rows, as another program.
    pub(crate) async fn restore(&self) {
        match &self.stored {
            Stored::Sqlite(folder) => restore_file(&file(folder), &seed_file(folder)),
            Stored::Postgres { other, .. } => {
                let tables = conformance::tables().into_iter();
                let statements = tables.map(|table| {
                    format!(
                        "DELETE FROM {table};
                        INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE seed.{table};
                        SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table};"
                    )
                });
                let statements: String = statements.collect();
                other.batch_execute(&statements).await.unwrap();
            }
        }
    }

    pub(crate) async fn stop(self) {
        self.running.stop().await.unwrap();
    }
}

fn restore_file(file: &Path, seed: &Path) {
    let database = Connection::open(file).unwrap();
    database
        .execute("ATTACH ? AS seed", [seed.to_str().unwrap()])
        .unwrap();
    let tables: Vec<String> = database
        .prepare("SELECT name FROM seed.sqlite_schema WHERE type = 'table'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let statements: Vec<_> = tables
        .iter()
        .map(|table| {
            format!("DELETE FROM main.{table}; INSERT INTO main.{table} SELECT * FROM seed.{table};")
        })
        .collect();
    database
        .execute_batch(&format!("BEGIN IMMEDIATE; {} COMMIT", statements.concat()))
        .unwrap();
}
