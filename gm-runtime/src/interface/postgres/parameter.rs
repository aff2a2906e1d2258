//! The parameters of a statement, in Postgres' binary form.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// The value of a parameter in Postgres' binary form, with its type. Its `Debug` shows no value.
#[derive(Clone)]
pub(super) struct Parameter {
    postgres_type: Type,
    value: Option<Arc<[u8]>>,
}

impl Parameter {
    /// A text.
    pub(super) fn text(text: impl Into<Arc<str>>) -> Self {
        Self {
            postgres_type: Type::TEXT,
            value: Some(text.into().into()),
        }
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
        Ok(match &self.value {
            Some(value) => {
                out.extend_from_slice(value);
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
