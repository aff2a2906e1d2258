//! Patterns that are compiled, and kept for the rows of a query.

use std::cell::RefCell;

use super::compiled::Compiled;
use crate::error::Error;
use crate::field::ValueError;
use crate::manager::Description;
use crate::query::pattern::deadline::{self, TooLate};
use crate::query::pattern::wanted::{MAX_PATTERNS, Wanted};

/// Compiled patterns: those of a query, or those that a thread has last used.
#[derive(Default)]
pub(crate) struct Patterns(Vec<Kept>);

struct Kept {
    pattern: String,
    ignore_case: bool,
    compiled: Compiled,
}

thread_local! {
    // A query asks each of its rows: without this, each row would compile the pattern anew.
    static PATTERNS: RefCell<Patterns> = const { RefCell::new(Patterns(Vec::new())) };
}

impl Patterns {
    /// Asks a pattern, which is compiled now where it is not kept.
    fn ask<T>(
        &mut self,
        pattern: &str,
        ignore_case: bool,
        ask: impl FnOnce(&mut Compiled) -> T,
    ) -> Result<T, ValueError> {
        let is_it = |kept: &Kept| kept.ignore_case == ignore_case && kept.pattern == pattern;
        if let Some(kept) = self.0.iter_mut().find(|kept| is_it(kept)) {
            return Ok(ask(&mut kept.compiled));
        }
        let mut compiled = Compiled::new(pattern, ignore_case)?;
        let asked = ask(&mut compiled);
        if self.0.len() == MAX_PATTERNS {
            // The oldest.
            self.0.remove(0);
        }
        self.0.push(Kept {
            pattern: pattern.to_owned(),
            ignore_case,
            compiled,
        });
        Ok(asked)
    }

    /// Compiles the patterns of a query, as long as it has time.
    pub(super) fn compile(&mut self, wanted: &[Wanted]) -> Result<(), Refused> {
        for (place, pattern) in wanted.iter().enumerate() {
            if place > 0 {
                deadline::look()?;
            }
            self.ask(&pattern.text, pattern.ignore_case, |_| ())
                .map_err(|error| Refused::Pattern(pattern.field, error))?;
        }
        Ok(())
    }
}

/// Why patterns were not compiled.
pub(super) enum Refused {
    /// The pattern of this field is none.
    Pattern(u16, ValueError),
    /// The query has had its time, which whoever began it is told.
    Late(TooLate),
}

impl From<TooLate> for Refused {
    fn from(late: TooLate) -> Self {
        Self::Late(late)
    }
}

/// Works with the patterns that this thread keeps.
pub(super) fn with<T>(work: impl FnOnce(&mut Patterns) -> T) -> T {
    PATTERNS.with_borrow_mut(work)
}

/// Whether the pattern matches anywhere in the text; false where it is none.
///
/// # Errors
/// [`TooLate`], where the query that this thread works on has had its time.
pub(crate) fn try_match(pattern: &str, ignore_case: bool, text: &str) -> Result<bool, TooLate> {
    with(|patterns| patterns.ask(pattern, ignore_case, |compiled| compiled.is_match(text)))
        .unwrap_or(Ok(false))
}

/// Works with these patterns in place of those that this thread keeps.
pub(crate) fn scope<T>(patterns: &mut Patterns, work: impl FnOnce() -> T) -> T {
    struct Back<'p>(&'p mut Patterns);
    impl Drop for Back<'_> {
        fn drop(&mut self) {
            with(|own| std::mem::swap(own, self.0));
        }
    }
    with(|own| std::mem::swap(own, patterns));
    let _back = Back(patterns);
    work()
}

/// Compiles the patterns of a query, which takes up to some hundred milliseconds each.
///
/// # Errors
/// What is wrong with a pattern. Where the query has had its time, whoever began it is told.
pub(super) fn prepare(
    patterns: &mut Patterns,
    wanted: &[Wanted],
    description: &'static Description,
) -> Result<(), Error> {
    match patterns.compile(wanted) {
        Ok(()) => Ok(()),
        Err(Refused::Pattern(field, error)) => Err(description.invalid(field, error)),
        Err(Refused::Late(late)) => Err(late.of(description.name())),
    }
}

/// The same for the patterns that this thread keeps.
pub(crate) fn prepare_here(wanted: &[Wanted], description: &'static Description) -> Result<(), Error> {
    with(|patterns| prepare(patterns, wanted, description))
}

/// Why a query may have no patterns: there is no reason, since this engine matches them.
pub(crate) fn check() -> Result<(), ValueError> {
    Ok(())
}
