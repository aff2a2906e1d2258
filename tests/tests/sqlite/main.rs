//! Storage in SQLite, on real files, through the public surface.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod agree;
mod beside;
mod commits;
mod configuration;
mod decimals;
mod events;
mod fitting;
mod kept;
mod limits;
mod lookups;
#[cfg(unix)]
mod lost_file;
mod made_anew;
mod migrations;
mod model;
mod mysql;
mod others;
mod properties;
mod references;
mod shared_tables;
mod shell;
mod stored;
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

/// What a subscriber is told.
struct Told {
    changes: mpsc::UnboundedReceiver<Change>,
    _subscription: Subscription,
}

impl Told {
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
            .expect("a change is told within 20 seconds")
            .unwrap()
    }

    /// What has been told so far, and not been looked at.
    fn waiting(&mut self) -> Vec<Change> {
        std::iter::from_fn(|| self.changes.try_recv().ok()).collect()
    }
}

fn change(action: Action, id: i64) -> Change {
    Change::row(action, gm_runtime::field::Value::Integer(id))
}

/// Polls each of these once, so that their writes are with the database, in this order.
async fn begin<F: Future>(writes: impl IntoIterator<Item = F>) -> Pin<Box<JoinAll<F>>> {
    let mut all = Box::pin(join_all(writes));
    assert!(futures_util::poll!(&mut all).is_pending());
    all
}
