//! The patterns of the lookups `regex` and `iregex`.
//!
//! Patterns come from callers, so the length of a pattern and the size of its compiled form are limited. The time of a match
//! is linear in the length of the text, but the worst pattern of that size takes up to 70 µs a byte. So the time of a query
//! is limited, too.

mod deadline;
#[cfg(feature = "regex")]
mod engine;
mod matching;
#[cfg(not(feature = "regex"))]
mod no_engine;
mod query_pattern;

pub(crate) use deadline::{Deadline, PatternTimeLimit, current_deadline, with_deadline};
#[cfg(feature = "regex")]
pub(crate) use engine::{Patterns, check, compile, compile_on_this_thread, try_match, with_patterns};
pub(crate) use matching::{is_match, with_time_limit};
#[cfg(not(feature = "regex"))]
pub(crate) use no_engine::{Patterns, check, compile, compile_on_this_thread, try_match, with_patterns};
pub(crate) use query_pattern::{MAX_PATTERNS, QueryPattern};
