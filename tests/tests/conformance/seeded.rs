//! Seeded databases, of which each group of cases has a copy.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use gm_runtime::GmBuilder;
use gm_runtime::interface::Synchronous;
use gm_tests::conformance::{self, Running};
use gm_tests::postgres::Database;
use rusqlite::Connection;
use tempfile::TempDir;

/// A seeded database, which is copied for each group.
pub(crate) enum Seeded {
    Sqlite { folder: TempDir, copies: AtomicUsize },
    Postgres(Database),
}

/// A service and its copy of the database.
pub(crate) struct Service {
    pub(crate) running: Running,
    database: Copied,
}

enum Copied {
    /// The files of the seeded database and of the copy.
    Sqlite {
        seed: PathBuf,
        copy: PathBuf,
    },
    Postgres(Database),
}

fn sqlite(path: &Path) -> GmBuilder {
    conformance::builder()
        .database(format!("sqlite://{}", path.display()))
        .database_synchronous(Synchronous::Normal)
}

async fn seed(builder: GmBuilder) {
    let gm = builder.build().await.unwrap();
    conformance::seed(&gm).await.unwrap();
    gm.close().await;
}

impl Seeded {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        seed(sqlite(&folder.path().join("seed.db"))).await;
        Self::Sqlite {
            folder,
            copies: AtomicUsize::new(0),
        }
    }

    /// The schema `seed` has the seeded rows, too.
    pub(crate) async fn postgres() -> Self {
        let database = Database::create().await;
        seed(conformance::builder().database(database.url())).await;
        let tables = conformance::tables().into_iter();
        let copies = tables.map(|table| format!("CREATE TABLE seed.{table} AS TABLE {table};"));
        let copies: String = copies.collect();
        database.execute(&format!("CREATE SCHEMA seed; {copies}")).await;
        Self::Postgres(database)
    }

    pub(crate) async fn serve(&self) -> Service {
        self.serve_with(|builder| builder).await
    }

    pub(crate) async fn serve_with(&self, settings: impl FnOnce(GmBuilder) -> GmBuilder) -> Service {
        let (builder, database) = match self {
            Self::Sqlite { folder, copies } => {
                let copy = format!("{}.db", copies.fetch_add(1, Ordering::Relaxed));
                let (seed, copy) = (folder.path().join("seed.db"), folder.path().join(copy));
                std::fs::copy(&seed, &copy).unwrap();
                (sqlite(&copy), Copied::Sqlite { seed, copy })
            }
            Self::Postgres(seeded) => {
                let copy = seeded.copy().await;
                (
                    conformance::builder().database(copy.url()),
                    Copied::Postgres(copy),
                )
            }
        };
        let running = Running::start(settings(builder)).await.unwrap();
        Service { running, database }
    }
}

impl Service {
    pub(crate) async fn stop(self) {
        self.running.stop().await.unwrap();
    }

    /// Restores the seeded rows, as another program.
    pub(crate) async fn restore(&self) {
        match &self.database {
            Copied::Sqlite { seed, copy } => restore_file(seed, copy),
            Copied::Postgres(database) => {
                let tables = conformance::tables().into_iter();
                let statements = tables.map(|table| {
                    format!(
                        "TRUNCATE {table};
                        INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE seed.{table};
                        SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table};"
                    )
                });
                let statements: String = statements.collect();
                database.execute(&statements).await;
            }
        }
    }
}

fn restore_file(seed: &Path, copy: &Path) {
    let database = Connection::open(copy).unwrap();
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
