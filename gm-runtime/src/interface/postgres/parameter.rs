//! The parameters of a statement, in Postgres' binary form.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::encode::{self, Encoded};
use crate::field::{Value, ValueError};
use crate::manager::FieldDescription;

/// The value of a parameter in Postgres' binary form, with its type. Its `Debug` shows no value.
///
/// The type follows from the text of the statement: a parameter of a field has the type of the field's values, whatever the value
/// is.
#[derive(Clone)]
pub(super) struct Parameter {
    postgres_type: Type,
    value: Encoded,
}

impl Parameter {
    /// The value of a field.
    ///
    /// # Errors
    /// A value that its column would round, or that no server holds. It is not sent.
    pub(super) fn of(field: &FieldDescription, value: &Value) -> Result<Self, ValueError> {
        Ok(Self {
            postgres_type: encode::postgres_type(field.value_type()),
            value: encode::encode(field, value)?,
        })
    }

    /// The values of a field as one array.
    pub(super) fn list(field: &FieldDescription, members: &[&Value]) -> Result<Self, ValueError> {
        let members = members.iter().map(|member| encode::encode(field, member));
        let members = members.collect::<Result<Vec<_>, _>>()?;
        Ok(Self::array(encode::postgres_type(field.value_type()), &members))
    }

    /// Values of this type as one array.
    pub(super) fn array(member_type: Type, members: &[Encoded]) -> Self {
        Self {
            value: encode::array(&member_type, members),
            postgres_type: encode::array_type(&member_type),
        }
    }

    /// An integer of 64 bits.
    pub(super) fn integer(value: i64) -> Self {
        Self {
            postgres_type: Type::INT8,
            value: Encoded::fixed(value.to_be_bytes()),
        }
    }

    /// A text.
    pub(super) fn text(text: impl Into<Arc<str>>) -> Self {
        Self {
            postgres_type: Type::TEXT,
            value: Encoded::text(text),
        }
    }

    /// Texts as one array.
    pub(super) fn texts(texts: &[&str]) -> Self {
        let members: Vec<_> = texts.iter().map(|text| Encoded::text(*text)).collect();
        Self::array(Type::TEXT, &members)
    }

    /// The type that the statement is prepared with.
    pub(super) fn postgres_type(&self) -> &Type {
        &self.postgres_type
    }
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.postgres_type.name())
    }
}

impl ToSql for Parameter {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        Ok(match self.value.bytes() {
            Some(bytes) => {
                out.extend_from_slice(bytes);
                IsNull::No
            }
            None => IsNull::Yes,
        })
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
