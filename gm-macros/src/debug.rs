//! `GM_MACROS_DEBUG`: prints what a derive writes.

use std::io::Write as _;
use std::process::{Command, Stdio};

use proc_macro2::TokenStream;

/// Prints the expansion to stderr, where `GM_MACROS_DEBUG` is `1` or the item's name.
pub(crate) fn print(item: &str, expansion: &TokenStream) {
    let wanted = std::env::var("GM_MACROS_DEBUG").unwrap_or_default();
    if wanted != "1" && wanted != item {
        return;
    }
    let source = expansion.to_string();
    let source = formatted(&source).unwrap_or(source);
    // In one piece: other crates may be compiled, and print, at the same time.
    eprint!("// What is derived for `{item}`:\n{source}\n");
}

/// As rustfmt writes it; nothing where there is no rustfmt. A crate that prints tokens would be built by everybody who
/// derives, for the few who look.
fn formatted(source: &str) -> Option<String> {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--emit", "stdout"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    rustfmt.stdin.take()?.write_all(source.as_bytes()).ok()?;
    let output = rustfmt.wait_with_output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(text)
}
