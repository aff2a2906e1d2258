//! What stands in the place of the engine without the feature `regex`: a query with patterns is refused before any of these
//! is asked.

use super::deadline::{PatternTime, TooLate};
use super::wanted::Wanted;
use crate::error::Error;
use crate::field::ValueError;
use crate::manager::Description;

/// Compiled patterns, of which there are none.
#[derive(Default)]
pub(crate) struct Patterns(());

/// Why a query may have no patterns.
pub(crate) fn check() -> Result<(), ValueError> {
    Err(ValueError::new("patterns need gm-runtime's feature `regex`"))
}

pub(crate) async fn compile(
    _: PatternTime,
    _: &'static Description,
    _: Vec<Wanted>,
) -> Result<Patterns, Error> {
    Ok(Patterns::default())
}

pub(crate) fn prepare_here(_: &[Wanted], _: &'static Description) -> Result<(), Error> {
    Ok(())
}

pub(crate) fn scope<T>(_: &mut Patterns, work: impl FnOnce() -> T) -> T {
    work()
}

pub(crate) fn try_match(_: &str, _: bool, _: &str) -> Result<bool, TooLate> {
    Ok(false)
}
