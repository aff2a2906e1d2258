//! Compiled patterns, cached by each thread for the rows of a query.

use std::cell::RefCell;

use super::compiled::Compiled;
use crate::error::Error;
use crate::field::ValueError;
use crate::manager::Description;
use crate::query::pattern::deadline::{DeadlineExceeded, check_deadline};
use crate::query::pattern::query_pattern::{MAX_CACHED, QueryPattern};

/// Compiled patterns: those of a query, or those that a thread used last.
#[derive(Default)]
pub(crate) struct Patterns(Vec<CachedPattern>);

struct CachedPattern {
    pattern: String,
    ignore_case: bool,
    compiled: Compiled,
}

thread_local! {
    // A query matches each of its rows. Without a cache each row would compile the pattern again.
    static PATTERNS: RefCell<Patterns> = const { RefCell::new(Patterns(Vec::new())) };
}

impl Patterns {
    /// Calls `work` with the compiled pattern, which is compiled first if it is not cached.
    fn get<T>(
        &mut self,
        pattern: &str,
        ignore_case: bool,
        work: impl FnOnce(&mut Compiled) -> T,
    ) -> Result<T, ValueError> {
        let is_same = |cached: &CachedPattern| cached.ignore_case == ignore_case && cached.pattern == pattern;
        if let Some(cached) = self.0.iter_mut().find(|cached| is_same(cached)) {
            return Ok(work(&mut cached.compiled));
        }
        let mut compiled = Compiled::new(pattern, ignore_case)?;
        let result = work(&mut compiled);
        if self.0.len() == MAX_CACHED {
            // The oldest.
            self.0.remove(0);
        }
        self.0.push(CachedPattern {
            pattern: pattern.to_owned(),
            ignore_case,
            compiled,
        });
        Ok(result)
    }

    /// Compiles the patterns of a query. Each of them takes up to a few hundred milliseconds.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an invalid pattern, and the error of the deadline.
    pub(super) fn compile(
        &mut self,
        patterns: &[QueryPattern],
        description: &'static Description,
    ) -> Result<(), Error> {
        for (position, pattern) in patterns.iter().enumerate() {
            if position > 0 {
                check_deadline().map_err(|exceeded| exceeded.error(description.name()))?;
            }
            self.get(&pattern.text, pattern.ignore_case, |_| ())
                .map_err(|error| description.invalid(pattern.field, error))?;
        }
        Ok(())
    }
}

fn with_thread_cache<T>(work: impl FnOnce(&mut Patterns) -> T) -> T {
    PATTERNS.with_borrow_mut(work)
}

/// Whether the pattern matches anywhere in the text. False for an invalid pattern.
///
/// # Errors
/// [`DeadlineExceeded`] after the deadline of the query that this thread runs.
pub(crate) fn try_match(pattern: &str, ignore_case: bool, text: &str) -> Result<bool, DeadlineExceeded> {
    with_thread_cache(|patterns| patterns.get(pattern, ignore_case, |compiled| compiled.is_match(text)))
        .unwrap_or(Ok(false))
}

/// Replaces the cache of this thread by `patterns` for the time of `work`.
pub(crate) fn with_patterns<T>(patterns: &mut Patterns, work: impl FnOnce() -> T) -> T {
    struct SwapBack<'p>(&'p mut Patterns);
    impl Drop for SwapBack<'_> {
        fn drop(&mut self) {
            with_thread_cache(|cache| std::mem::swap(cache, self.0));
        }
    }
    with_thread_cache(|cache| std::mem::swap(cache, patterns));
    let _swap_back = SwapBack(patterns);
    work()
}

/// Compiles the patterns of a query into the cache of this thread.
pub(crate) fn compile_on_this_thread(
    patterns: &[QueryPattern],
    description: &'static Description,
) -> Result<(), Error> {
    with_thread_cache(|cache| cache.compile(patterns, description))
}

/// Allows patterns. Without the feature `regex` its counterpart refuses them.
pub(crate) fn check() -> Result<(), ValueError> {
    Ok(())
}
