//! The results of a batch to which later operations refer.

use super::plan::PlannedOperation;
use crate::interface::Written;
use crate::json::RawJson;
use crate::protocol::batch_body::{Part, ResultField};
use crate::protocol::error_code::ErrorCode;
use crate::protocol::failure::Failure;
use crate::protocol::values;

/// The fields of results to which later operations refer, as JSON.
pub(super) struct Results {
    /// By the place of the operation.
    texts: Vec<Vec<(&'static str, String)>>,
    /// The bytes that may still be stored, and those that may still take the place of a reference.
    stored_bytes: usize,
    replaced_bytes: usize,
}

/// The most levels of a stored JSON value, which the check of values limits further.
const LEVELS: usize = 127;

impl Results {
    /// No results. The values that take the place of references may have as many bytes as a body.
    pub(super) fn new(body_bytes: usize) -> Self {
        Self {
            texts: Vec::new(),
            stored_bytes: body_bytes,
            replaced_bytes: body_bytes,
        }
    }

    /// Stores the referenced fields of the result of the next operation.
    ///
    /// # Errors
    /// `PayloadTooLarge`.
    pub(super) fn store(&mut self, planned: &PlannedOperation<'_>, written: &Written) -> Result<(), Failure> {
        let mut texts = Vec::new();
        if let Written::Row(row) = written {
            for index in &planned.referenced {
                let mut text = Vec::new();
                values::write(row.get(*index), &mut text);
                take(&mut self.stored_bytes, text.len())?;
                let text = String::from_utf8(text).unwrap_or_default();
                texts.push((planned.resource.description.field(*index).name(), text));
            }
        }
        self.texts.push(texts);
        Ok(())
    }

    /// Counts the bytes of a value, if it is a reference.
    ///
    /// # Errors
    /// `PayloadTooLarge`, and an invalid request for the result of a row that the caller may not read.
    pub(super) fn count(&mut self, part: &Part<'_>) -> Result<(), Failure> {
        let Some(reference) = part.result() else {
            return Ok(());
        };
        let bytes = self.text(reference)?.len();
        take(&mut self.replaced_bytes, bytes)
    }

    /// The value, or the one of the result to which it refers.
    pub(super) fn value<'r>(&'r self, part: &Part<'r>) -> Result<RawJson<'r>, Failure> {
        match part {
            Part::Value(value) => Ok(*value),
            Part::Result(reference) => {
                let parsed = RawJson::parse(self.text(reference)?, LEVELS);
                parsed.map_err(|_| unreadable(reference))
            }
        }
    }

    fn text(&self, reference: &ResultField<'_>) -> Result<&str, Failure> {
        let mut texts = self.texts.get(reference.operation).into_iter().flatten();
        let text = texts.find(|(field, _)| *field == reference.field);
        let text = text.map(|(_, text)| text.as_str());
        text.ok_or_else(|| unreadable(reference))
    }
}

fn take(left: &mut usize, bytes: usize) -> Result<(), Failure> {
    match left.checked_sub(bytes) {
        Some(rest) => {
            *left = rest;
            Ok(())
        }
        None => Err(ErrorCode::PayloadTooLarge.into()),
    }
}

fn unreadable(reference: &ResultField<'_>) -> Failure {
    let message = format!(
        "the caller may not read the row of the operation {}, so nothing can refer to it",
        reference.operation
    );
    Failure::invalid_field(&reference.field, message)
}
