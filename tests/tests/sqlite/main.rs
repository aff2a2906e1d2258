//! Storage in SQLite, on real files, through the public surface.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod model;
mod verbs;

use gm_runtime::{Gm, GmBuilder};
use tempfile::TempDir;

/// A database file of a test's own.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self) -> std::path::PathBuf {
        self.0.path().join("test.db")
    }

    fn builder(&self) -> GmBuilder {
        Gm::builder().database(format!("sqlite://{}", self.path().display()))
    }
}
