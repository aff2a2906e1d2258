//! Storage in SQLite, on real files, through the public surface.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod compatibility;
mod configuration;
mod ddl;
mod decimals;
mod events;
mod foreign_keys;
mod group_commit;
mod limits;
mod lookups;
#[cfg(unix)]
mod lost_file;
mod migrations;
mod model;
mod mysql_row_size;
mod other_programs;
mod other_tools;
mod random_queries;
mod random_tables;
mod rebuild;
mod rebuild_check;
mod rebuild_properties;
mod references;
mod schema_comparison;
mod shared_tables;
mod shell;
mod side_effects;
mod stored_rows;
mod table_creation;
mod time_limits;
mod unique;
#[cfg(target_os = "linux")]
mod unknown_outcome;
mod unreadable;
mod verbs;
mod views;
mod wal;

use std::path::PathBuf;
use std::pin::Pin;

use futures_util::future::{JoinAll, join_all};
use gm_runtime::change::{Action, Change, Subscription};
use gm_runtime::{Gm, GmBuilder, Manager};
use model::Item;
use tempfile::TempDir;
use tokio::sync::mpsc;

/// A database file of a test's own.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("test.db")
    }

    fn builder(&self) -> GmBuilder {
        Gm::builder().database(format!("sqlite://{}", self.path().display()))
    }

    async fn open(&self) -> Gm {
        self.builder().manager::<Item>().build().await.unwrap()
    }

    /// Another program that has the file open.
    fn other(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).unwrap()
    }
}

/// A subscriber to a manager's changes.
struct Subscriber {
    changes: mpsc::UnboundedReceiver<Change>,
    _subscription: Subscription,
}

impl Subscriber {
    fn of<M: Manager>(gm: &Gm) -> Self {
        let (sender, changes) = mpsc::unbounded_channel();
        let subscription = gm
            .on_change::<M>(move |change| {
                let _ = sender.send(change.clone());
            })
            .unwrap();
        Self {
            changes,
            _subscription: subscription,
        }
    }

    async fn next(&mut self) -> Change {
        tokio::time::timeout(std::time::Duration::from_secs(20), self.changes.recv())
            .await
            .expect("no change within 20 seconds")
            .unwrap()
    }

    /// The changes that were received and not yet read.
    fn received(&mut self) -> Vec<Change> {
        std::iter::from_fn(|| self.changes.try_recv().ok()).collect()
    }
}

fn change(action: Action, id: i64) -> Change {
    Change::row(action, gm_runtime::field::Value::Integer(id))
}

/// Polls each future once, so that the writes are in the database's queue in this order.
async fn begin<F: Future>(writes: impl IntoIterator<Item = F>) -> Pin<Box<JoinAll<F>>> {
    let mut all = Box::pin(join_all(writes));
    assert!(futures_util::poll!(&mut all).is_pending());
    all
}
