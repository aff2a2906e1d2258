//! Crates that cargo builds like the crates of a user.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// A crate of generated source.
pub(crate) struct Package {
    folder: PathBuf,
}

/// The time of a build, in seconds.
pub(crate) struct Time {
    /// The user and system time of cargo and its child processes.
    pub(crate) cpu: f64,
    pub(crate) wall: f64,
}

impl Package {
    /// Writes the package into the temporary folder of the build. The built dependencies stay there.
    pub(crate) fn new(name: &str, source: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("compile_time")
            .join(name);
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let manifest = format!(
            "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n\
             [dependencies]\n\
             gm-runtime = {{ path = {:?} }}\n\
             serde = {{ version = \"1\", features = [\"derive\"] }}\n\n\
             [workspace]\n",
            repository.join("gm-runtime")
        );
        std::fs::create_dir_all(folder.join("src")).expect("a folder");
        std::fs::write(folder.join("Cargo.toml"), manifest).expect("the manifest");
        std::fs::write(folder.join("src/lib.rs"), source).expect("the source");
        // The versions of the workspace's tests.
        std::fs::copy(repository.join("Cargo.lock"), folder.join("Cargo.lock")).expect("the lock file");
        Self { folder }
    }

    /// Builds the crate. Its dependencies are built once.
    pub(crate) fn build(&self) -> Time {
        let mut cargo = self.cargo();
        let (cpu, begun) = (cpu_of_children(), Instant::now());
        let status = cargo.status().expect("cargo");
        assert!(status.success(), "{} does not build", self.folder.display());
        Time {
            cpu: cpu_of_children() - cpu,
            wall: begun.elapsed().as_secs_f64(),
        }
    }
}

impl Package {
    /// The number of lines that the derive generates in the crate, formatted by rustfmt.
    pub(crate) fn expanded_lines(&self) -> usize {
        let output = self.cargo().env("GM_MACROS_DEBUG", "1").output().expect("cargo");
        assert!(
            output.status.success(),
            "{} does not build",
            self.folder.display()
        );
        output.stderr.iter().filter(|byte| **byte == b'\n').count()
    }

    /// Makes cargo build the crate again.
    fn cargo(&self) -> Command {
        // Cargo compares the modification time.
        let source = std::fs::File::options()
            .append(true)
            .open(self.folder.join("src/lib.rs"));
        source
            .and_then(|source| source.set_modified(std::time::SystemTime::now()))
            .expect("the source");
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["build", "--offline", "--quiet"])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.with_file_name("target"))
            .env("CARGO_INCREMENTAL", "0");
        cargo
    }
}

/// The CPU time of the child processes that have ended, in seconds. proc_pid_stat(5) counts it in hundredths of a second.
fn cpu_of_children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux's /proc");
    // The second field, a name in parentheses, may contain spaces. The field behind it is the third.
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .expect("fields")
        .split_whitespace()
        .collect();
    let ticks = |field: usize| fields[field - 3].parse::<f64>().expect("a number");
    (ticks(16) + ticks(17)) / 100.0
}
