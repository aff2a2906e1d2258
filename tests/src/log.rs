//! Records the log of the process.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use tracing_subscriber::filter::LevelFilter as Level;

static LOGGED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

fn logged() -> MutexGuard<'static, Vec<u8>> {
    LOGGED.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Keep;

impl io::Write for Keep {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        logged().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Records the log from now on, at the level `info` and above. The tests of a process share it.
pub fn keep() {
    keep_from(Level::INFO);
}

/// Records the log from now on, at this level and above. The tests of a process share it.
pub fn keep_from(level: Level) {
    // Another test may have begun before.
    drop(
        tracing_subscriber::fmt()
            .with_max_level(level)
            .with_ansi(false)
            .with_writer(|| Keep)
            .try_init(),
    );
}

/// Writes no log, and panics the first time that a line contains this part: a fault of the application in a task of the runtime.
pub fn panic_once_at(part: &'static str) {
    tracing_subscriber::fmt()
        .with_writer(move || PanicOnce(part))
        .init();
}

struct PanicOnce(&'static str);

static HAS_PANICKED: AtomicBool = AtomicBool::new(false);

impl io::Write for PanicOnce {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let is_line = String::from_utf8_lossy(bytes).contains(self.0);
        assert!(
            !is_line || HAS_PANICKED.swap(true, Ordering::Relaxed),
            "as planned"
        );
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines that contain all of these parts.
#[must_use]
pub fn lines(parts: &[&str]) -> Vec<String> {
    String::from_utf8_lossy(&logged())
        .lines()
        .filter(|line| parts.iter().all(|part| line.contains(part)))
        .map(str::to_owned)
        .collect()
}
