//! A statement: its text and its parameters.

use std::sync::Arc;

use super::parameter::Parameter;

/// A statement: its text and its parameters.
///
/// The text holds no value, so that statements of the same kind have the same text, and a log may show it.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) text: Arc<str>,
    pub(super) parameters: Vec<Parameter>,
}

impl Statement {
    /// A statement without parameters.
    pub(super) fn new(text: impl Into<Arc<str>>) -> Self {
        Self {
            text: text.into(),
            parameters: Vec::new(),
        }
    }
}
