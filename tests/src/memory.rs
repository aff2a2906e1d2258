//! The memory of this process.

/// The memory of this process in kibibytes. Known on Linux only.
#[must_use]
pub fn resident() -> Option<u64> {
    kibibytes("VmRSS:")
}

/// The highest memory of this process so far, in kibibytes. Known on Linux only.
#[must_use]
pub fn peak() -> Option<u64> {
    kibibytes("VmHWM:")
}

fn kibibytes(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Runs this, and returns by how many kibibytes the memory has grown. 0 if this is not known.
pub async fn growth(run: impl Future<Output = ()>) -> u64 {
    let before = resident();
    run.await;
    match (before, resident()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => 0,
    }
}
