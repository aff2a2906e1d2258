//! JSON values as serde_json has them.

use serde_json::{Map, Value as Json};

use super::number::{INEXACT_NUMBER, Number};
use super::raw::{RawJson, text_of};
use super::scan::Scanner;

/// Why no value is made of a text: what was expected of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JsonError(pub(crate) &'static str);

/// How many bytes of memory may still be taken by JSON values, or by all rows of an answer.
///
/// A list of empty objects takes fifty times its text: the length of a text says little about its values.
#[derive(Debug)]
pub(crate) struct MemoryBudget(usize);

/// A member of a list, which grows to twice of what it needs.
const MEMBER: usize = 2 * size_of::<Json>();
/// What an object takes for its first keys.
const OBJECT: usize = 640;
/// A key and its value, in nodes that may be half full.
const ENTRY: usize = 2 * (size_of::<String>() + size_of::<Json>());
/// What the allocator takes for a text besides its bytes.
const TEXT: usize = 16;

impl MemoryBudget {
    pub(crate) fn new(bytes: usize) -> Self {
        Self(bytes)
    }

    /// For what this service wrote itself, or has bounded otherwise.
    pub(crate) fn unbounded() -> Self {
        Self(usize::MAX)
    }

    /// For what an answer of so many bytes holds. A list of small numbers takes 32 times its text, a full row a tenth of
    /// that; beyond the first 8 MiB nothing takes more. Those are what an owner takes in one write by default.
    pub(crate) fn of_response(bytes: usize) -> Self {
        Self(bytes.saturating_mul(32).saturating_add(8 * 1024 * 1024))
    }

    /// Whether there is room for so much more, which is then taken.
    pub(crate) fn try_take(&mut self, bytes: usize) -> bool {
        match self.0.checked_sub(bytes) {
            Some(left) => {
                self.0 = left;
                true
            }
            None => false,
        }
    }

    fn take(&mut self, bytes: usize) -> Result<(), JsonError> {
        if self.try_take(bytes) {
            Ok(())
        } else {
            Err(JsonError(
                "expected JSON of fewer values: they take too much memory",
            ))
        }
    }
}

impl RawJson<'_> {
    /// The value, where all its numbers can be kept and there is room for it. Of a repeated key the last one counts.
    pub(crate) fn to_value(self, budget: &mut MemoryBudget) -> Result<Json, JsonError> {
        build(&mut Scanner::new(self.text()), budget)
    }
}

/// Reads the next value of a text that is known to be well-formed.
fn build(scanner: &mut Scanner<'_>, budget: &mut MemoryBudget) -> Result<Json, JsonError> {
    match scanner.peek() {
        Some(b'{') => {
            budget.take(OBJECT)?;
            let mut members = Map::new();
            each(scanner, b'{', |scanner| {
                budget.take(ENTRY)?;
                let key = text(scanner, budget)?;
                let _ = scanner.take(b':');
                members.insert(key, build(scanner, budget)?);
                Ok(())
            })?;
            Ok(Json::Object(members))
        }
        Some(b'[') => {
            let mut members = Vec::new();
            each(scanner, b'[', |scanner| {
                budget.take(MEMBER)?;
                members.push(build(scanner, budget)?);
                Ok(())
            })?;
            Ok(Json::Array(members))
        }
        Some(b'"') => text(scanner, budget).map(Json::String),
        _ => match scanner.value(0).unwrap_or_default() {
            "null" => Ok(Json::Null),
            "true" => Ok(Json::Bool(true)),
            "false" => Ok(Json::Bool(false)),
            number => match Number::exact(number) {
                Some(number) => Ok(number.into()),
                None => Err(JsonError(INEXACT_NUMBER)),
            },
        },
    }
}

fn text(scanner: &mut Scanner<'_>, budget: &mut MemoryBudget) -> Result<String, JsonError> {
    let quoted = scanner.value(0).unwrap_or_default();
    budget.take(TEXT + quoted.len())?;
    Ok(text_of(quoted).into_owned())
}

/// Reads what is in a list or an object, which opens with this character.
fn each<'t>(
    scanner: &mut Scanner<'t>,
    open: u8,
    mut member: impl FnMut(&mut Scanner<'t>) -> Result<(), JsonError>,
) -> Result<(), JsonError> {
    let _ = scanner.take(open);
    while !matches!(scanner.peek(), None | Some(b'}' | b']')) {
        member(scanner)?;
        let _ = scanner.take(b',');
    }
    // The bracket that closes it.
    let _ = scanner.take(if open == b'{' { b'}' } else { b']' });
    Ok(())
}
