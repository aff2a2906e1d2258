//! The patterns that a thread keeps compiled.

use std::cell::RefCell;

use super::MAX_PATTERNS;
use super::compiled::Compiled;
use crate::field::ValueError;

struct Kept {
    pattern: String,
    ignore_case: bool,
    compiled: Compiled,
}

thread_local! {
    // A query asks each of its rows: without this, each row would compile the pattern anew.
    static PATTERNS: RefCell<Vec<Kept>> = const { RefCell::new(Vec::new()) };
}

pub(super) fn with<T>(
    pattern: &str,
    ignore_case: bool,
    ask: impl FnOnce(&mut Compiled) -> T,
) -> Result<T, ValueError> {
    PATTERNS.with_borrow_mut(|patterns| {
        let known = |kept: &Kept| kept.ignore_case == ignore_case && kept.pattern == pattern;
        if let Some(kept) = patterns.iter_mut().find(|kept| known(kept)) {
            return Ok(ask(&mut kept.compiled));
        }
        let mut compiled = Compiled::new(pattern, ignore_case)?;
        let asked = ask(&mut compiled);
        if patterns.len() == MAX_PATTERNS {
            // The oldest.
            patterns.remove(0);
        }
        patterns.push(Kept {
            pattern: pattern.to_owned(),
            ignore_case,
            compiled,
        });
        Ok(asked)
    })
}
