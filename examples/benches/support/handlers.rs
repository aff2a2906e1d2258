//! Handlers on other libraries. They are packages of their own, outside the workspace, since they need hundreds of other packages.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the program `NAME-handlers` of the package `examples/benches/NAME`.
pub(crate) fn build(name: &str) -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches").join(name);
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    println!("Building {}", package.display());
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked"])
        .current_dir(&package)
        .env("CARGO_TARGET_DIR", &target)
        .status()
        .expect("cargo");
    assert!(status.success(), "the handlers on {name} do not build");
    target.join(format!("release/{name}-handlers"))
}
