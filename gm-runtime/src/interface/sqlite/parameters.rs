//! The parameters of a statement.

use std::rc::Rc;

use rusqlite::types::{ToSql, ToSqlOutput, Value as Owned};

use crate::error::Error;

/// A parameter of a statement that sea-query built. It is `Send`, and binds itself on a thread of the database.
#[derive(Clone, Debug)]
pub(super) enum Parameter {
    One(Owned),
    /// The values of an `IN`, which SQLite reads as a table.
    Many(Vec<Owned>),
}

impl Parameter {
    /// The parameters of a statement. A list of `IN` is JSON there (see [`list`]).
    pub(super) fn all(values: sea_query::Values) -> Result<Vec<Self>, Error> {
        values.0.into_iter().map(Self::of).collect()
    }

    fn of(value: sea_query::Value) -> Result<Self, Error> {
        use sea_query::Value as Sea;
        Ok(Self::One(match value {
            Sea::BigInt(Some(value)) => Owned::Integer(value),
            Sea::BigUnsigned(Some(value)) => Owned::Integer(i64::try_from(value).unwrap_or(i64::MAX)),
            Sea::Double(Some(value)) => Owned::Real(value),
            Sea::String(Some(text)) => Owned::Text(text),
            Sea::Bytes(Some(bytes)) => Owned::Blob(bytes),
            Sea::Json(Some(list)) => match *list {
                serde_json::Value::Array(members) => {
                    return Ok(Self::Many(members.into_iter().map(member).collect()));
                }
                single => member(single),
            },
            Sea::BigInt(None) => Owned::Null,
            other => {
                return Err(Error::storage(anyhow::anyhow!(
                    "a statement has the parameter {other:?}, which SQLite can't store"
                )));
            }
        }))
    }
}

/// Encodes the values of an `IN` as JSON, because a value of sea-query can't be a list. [`Parameter::all`] decodes them.
/// Bytes become an array of one string, with a character for each byte.
pub(super) fn list(members: impl Iterator<Item = sea_query::Value>) -> serde_json::Value {
    members
        .map(|member| match member {
            sea_query::Value::Bytes(Some(bytes)) => {
                let text: String = bytes.into_iter().map(char::from).collect();
                serde_json::Value::Array(vec![text.into()])
            }
            member => sea_query::sea_value_to_json_value(&member),
        })
        .collect()
}

fn member(value: serde_json::Value) -> Owned {
    match value {
        serde_json::Value::String(text) => Owned::Text(text),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(value) => Owned::Integer(value),
            None => number.as_f64().map_or(Owned::Null, Owned::Real),
        },
        serde_json::Value::Array(bytes) => {
            let text = bytes
                .first()
                .and_then(serde_json::Value::as_str)
                .unwrap_or_default();
            Owned::Blob(text.chars().filter_map(|byte| u8::try_from(byte).ok()).collect())
        }
        _ => Owned::Null,
    }
}

impl ToSql for Parameter {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::One(value) => value.to_sql(),
            Self::Many(values) => Ok(ToSqlOutput::from_rc(Rc::new(values.clone()), c"rarray")),
        }
    }
}
