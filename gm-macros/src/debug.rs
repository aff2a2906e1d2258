//! Prints expansions for `GM_MACROS_DEBUG`.

use std::io::Write as _;
use std::process::{Command, Stdio};

use proc_macro2::TokenStream;

/// Prints the expansion to stderr if `GM_MACROS_DEBUG` is `1` or the item's name.
pub(crate) fn print(item: &str, expansion: &TokenStream) {
    let selected = std::env::var("GM_MACROS_DEBUG").unwrap_or_default();
    if selected != "1" && selected != item {
        return;
    }
    let source = expansion.to_string();
    let source = rustfmt(&source).unwrap_or(source);
    // One call, because other crates may be compiled, and print, at the same time.
    eprint!("// Expansion of `{item}`:\n{source}\n");
}

/// The source as rustfmt formats it, or `None` without rustfmt. A formatting crate would be compiled by every user of the
/// derive.
fn rustfmt(source: &str) -> Option<String> {
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
