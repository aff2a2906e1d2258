//! Builds a `serde_json::Value` from a checked text.

use serde_json::{Map, Value as Json};

use super::error::JsonError;
use super::memory_budget::{ENTRY, MEMBER, MemoryBudget, OBJECT, TEXT};
use super::number::{INEXACT_NUMBER, Number};
use super::raw::{RawJson, text_of};
use super::scan::Scanner;

impl RawJson<'_> {
    /// The value. Of a repeated key the last one counts.
    ///
    /// # Errors
    /// For a number that would lose digits, and for values that exceed the budget.
    pub(crate) fn to_value(self, budget: &mut MemoryBudget) -> Result<Json, JsonError> {
        build(&mut Scanner::new(self.text()), budget)
    }
}

/// Builds the next value of a well-formed text.
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

/// Visits each member of a list or an object, which opens with this byte.
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
    // The closing bracket.
    let _ = scanner.take(if open == b'{' { b'}' } else { b']' });
    Ok(())
}
