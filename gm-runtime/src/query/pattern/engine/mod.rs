//! The engine for regular expressions: the feature `regex`.

mod compiled;
mod compiler_thread;
#[cfg(test)]
mod tests;
mod thread_cache;

pub(crate) use compiler_thread::compile;
pub(crate) use thread_cache::{Patterns, check, compile_on_this_thread, try_match, with_patterns};
