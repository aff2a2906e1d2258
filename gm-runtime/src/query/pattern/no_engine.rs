//! The replacement of the engine without the feature `regex`. A query with patterns is refused before it gets here.

use super::deadline::{DeadlineExceeded, PatternTimeLimit};
use super::query_pattern::QueryPattern;
use crate::error::Error;
use crate::field::ValueError;
use crate::manager::Description;

/// An empty set of compiled patterns.
#[derive(Default)]
pub(crate) struct Patterns(());

/// Refuses patterns.
pub(crate) fn check() -> Result<(), ValueError> {
    Err(ValueError::new("patterns need gm-runtime's feature `regex`"))
}

pub(crate) async fn compile(
    _: PatternTimeLimit,
    _: &'static Description,
    _: Vec<QueryPattern>,
) -> Result<Patterns, Error> {
    Ok(Patterns::default())
}

pub(crate) fn compile_on_this_thread(_: &[QueryPattern], _: &'static Description) -> Result<(), Error> {
    Ok(())
}

pub(crate) fn with_patterns<T>(_: &mut Patterns, work: impl FnOnce() -> T) -> T {
    work()
}

pub(crate) fn try_match(_: &str, _: bool, _: &str) -> Result<bool, DeadlineExceeded> {
    Ok(false)
}
