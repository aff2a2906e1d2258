//! Matching by regular expressions: the feature `regex`.

mod compiled;
mod compiler;
#[cfg(test)]
mod tests;
mod thread_cache;

pub(crate) use compiler::compile;
pub(crate) use thread_cache::{Patterns, check, prepare_here, scope, try_match};
