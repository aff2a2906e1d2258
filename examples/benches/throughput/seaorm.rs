//! The handlers on SeaORM. They are a package of their own, since their dependencies are half as many again as all of ours.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the program.
pub(crate) fn build() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/seaorm");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("seaorm");
    println!("Building {}", package.display());
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked"])
        .current_dir(&package)
        .env("CARGO_TARGET_DIR", &target)
        .status()
        .expect("cargo");
    assert!(status.success(), "the handlers on SeaORM do not build");
    target.join("release/seaorm-handlers")
}
