//! How much memory this process holds.

/// Kibibytes of memory that this process holds; known on Linux only.
#[must_use]
pub fn resident() -> Option<u64> {
    kibibytes("VmRSS:")
}

/// Kibibytes of memory that this process held at most; known on Linux only.
#[must_use]
pub fn peak() -> Option<u64> {
    kibibytes("VmHWM:")
}

fn kibibytes(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Runs this and says how much memory more is held after it, in kibibytes; 0 where that is not known.
pub async fn growth(run: impl Future<Output = ()>) -> u64 {
    let before = resident();
    run.await;
    match (before, resident()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => 0,
    }
}
