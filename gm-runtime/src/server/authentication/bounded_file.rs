//! Reads a small file.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Reads a regular file of at most this many bytes. A named pipe would block the thread until another process writes.
///
/// # Errors
/// What is wrong with the file. The text holds nothing of its content.
pub(super) fn read(path: &Path, max_bytes: usize) -> Result<Vec<u8>, String> {
    let shown = path.display();
    let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(format!("`{shown}` is no regular file"));
    }
    let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    read.map_err(|error| format!("the file `{shown}` can't be read: {error}"))?;
    if bytes.len() > max_bytes {
        return Err(format!("the file `{shown}` is longer than {max_bytes} bytes"));
    }
    Ok(bytes)
}
