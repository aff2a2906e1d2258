//! Writes a statement that sea-query builds, with this crate's parameters.

use std::fmt::{self, Write};

use sea_query::{QueryBuilder, SqlWriter, Value};

use super::parameter::Parameter;
use super::statement::Statement;
use crate::error::Error;

/// The numbers of a page that are a part of the text. The server plans a statement anew each time if it does not know its `LIMIT`,
/// which takes longer than a usual page. These numbers are few, so that there are few texts. A page whose next row is read has
/// one more.
const IN_TEXT: [u64; 14] = [0, 1, 2, 3, 10, 11, 20, 21, 25, 26, 50, 51, 100, 101];

/// Writes the text of a statement. sea-query knows the parameters by their places in a list.
pub(super) struct StatementWriter<'p> {
    text: String,
    known: &'p [Parameter],
    /// The number that a known parameter has in the text. One that occurs twice is sent once.
    numbers: Vec<Option<usize>>,
    parameters: Vec<Parameter>,
    is_unknown: bool,
}

impl<'p> StatementWriter<'p> {
    pub(super) fn new(known: &'p [Parameter]) -> Self {
        Self {
            text: String::with_capacity(512),
            known,
            numbers: vec![None; known.len()],
            parameters: Vec::with_capacity(known.len() + 2),
            is_unknown: false,
        }
    }

    /// The statement.
    pub(super) fn finish(self) -> Result<Statement, Error> {
        if self.is_unknown {
            return Err(Error::storage(anyhow::anyhow!(
                "a statement has a parameter of an unknown type"
            )));
        }
        Ok(Statement {
            text: self.text.into(),
            parameters: self.parameters,
        })
    }

    fn number(&mut self, place: usize) -> Option<usize> {
        let number = self.numbers.get(place)?;
        if number.is_some() {
            return *number;
        }
        let number = self.add(self.known.get(place)?.clone());
        if let Some(slot) = self.numbers.get_mut(place) {
            *slot = Some(number);
        }
        Some(number)
    }

    fn add(&mut self, parameter: Parameter) -> usize {
        self.parameters.push(parameter);
        self.parameters.len()
    }
}

impl SqlWriter for StatementWriter<'_> {
    fn push_param<T: QueryBuilder>(&mut self, value: Value, _: &T) {
        let number = match value {
            Value::Unsigned(Some(place)) => self.number(place as usize),
            Value::BigInt(Some(value)) => Some(self.add(Parameter::integer(value))),
            Value::BigUnsigned(Some(value)) if IN_TEXT.contains(&value) => {
                // Writing to a string never fails.
                let _ = write!(self.text, "{value}");
                return;
            }
            Value::BigUnsigned(Some(value)) => {
                let value = i64::try_from(value).unwrap_or(i64::MAX);
                Some(self.add(Parameter::integer(value)))
            }
            _ => None,
        };
        self.is_unknown |= number.is_none();
        let _ = write!(self.text, "${}", number.unwrap_or_default());
    }

    fn as_writer(&mut self) -> &mut dyn Write {
        self
    }
}

impl Write for StatementWriter<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.push_str(text);
        Ok(())
    }
}

impl fmt::Display for StatementWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
