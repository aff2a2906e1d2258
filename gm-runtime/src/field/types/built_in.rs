//! Booleans, text, bytes and UUIDs.

use uuid::Uuid;

use super::{FieldType, NotNull, OrderedField, TextField, field_type};
use crate::field::{Value, ValueError, ValueType};

field_type!(bool, ValueType::Bool, Bool, |v| v, Ok, OrderedField);
field_type!(String, ValueType::Text, Text, |v| v, Ok, OrderedField, TextField);
field_type!(
    Vec<u8>,
    ValueType::Bytes,
    Bytes,
    Vec::into_boxed_slice,
    |v| Ok(<[u8]>::into_vec(v)),
    OrderedField
);
field_type!(Uuid, ValueType::Uuid, Uuid, |v| v, Ok, OrderedField);
