//! The patterns of the lookups `regex` and `iregex`.
//!
//! They come from callers, so their length and the size of what they are compiled to are bounded. The time of a match is
//! linear in the text, but as much as 70 µs a byte for the worst pattern of that size, so a query's time is bounded too.

mod deadline;
#[cfg(feature = "regex")]
mod engine;
mod matching;
#[cfg(not(feature = "regex"))]
mod no_engine;
mod wanted;

pub(crate) use deadline::{PatternTime, Until, until, within};
#[cfg(feature = "regex")]
pub(crate) use engine::{Patterns, check, compile, prepare_here, scope, try_match};
pub(crate) use matching::{in_time, is_match};
#[cfg(not(feature = "regex"))]
pub(crate) use no_engine::{Patterns, check, compile, prepare_here, scope, try_match};
pub(crate) use wanted::{MAX_PATTERNS, Wanted};
