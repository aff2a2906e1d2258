//! The check of one value of a field.

use crate::field::{FieldValues, Value, ValueError, ValueType, unknown_name};
use crate::manager::{FieldDescription, type_check};

/// The purpose of a value. Its type, range and digits are checked for each purpose. The owner alone checks the declared rules,
/// such as lengths and limits, and only for writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The value is compared with, or sent to the owner, which checks it.
    Compare,
    /// The value is stored.
    Store,
}

impl FieldDescription {
    /// The value in its normal form, in which it is stored and sent: a decimal with the declared number of places, a zero
    /// without a sign.
    ///
    /// # Errors
    /// An invalid value. The caller checks null.
    pub(crate) fn normalize(&self, value: Value, purpose: Purpose) -> Result<Value, ValueError> {
        if value.is_null() {
            return Ok(value);
        }
        let value = self.normalize_type(value, purpose)?;
        self.check_type(&value)?;
        if purpose == Purpose::Store {
            self.check_rules(&value)?;
        }
        Ok(value)
    }

    /// The value as an owner stores it.
    ///
    /// # Errors
    /// A value that an owner does not store.
    #[cfg(feature = "testing")]
    pub(crate) fn normalize_for_owner(&self, value: Value) -> Result<Value, ValueError> {
        let value = self.normalize(value, Purpose::Store)?;
        self.check_known(&value)?;
        Ok(value)
    }

    /// The normal form of a value of the field's Rust type.
    pub(super) fn normalize_type(&self, value: Value, purpose: Purpose) -> Result<Value, ValueError> {
        let value = match (self.value_type(), value) {
            (_, Value::Null) => return Ok(Value::Null),
            (ValueType::Decimal, Value::Decimal(value)) => Value::Decimal(self.normalize_decimal(value)?),
            (_, value) => value,
        };
        self.check_value_type(&value, purpose)?;
        // The two zeros are equal, and SQLite does not store the sign of a zero.
        Ok(match value {
            Value::Float(value) => Value::Float(value + 0.0),
            Value::Float32(value) => Value::Float32(value + 0.0),
            Value::Json(mut json) => {
                type_check::remove_negative_zeros(&mut json);
                Value::Json(json)
            }
            value => value,
        })
    }

    /// Checks the value by the field's [`ValueType`], and its length if it is stored.
    fn check_value_type(&self, value: &Value, purpose: Purpose) -> Result<(), ValueError> {
        type_check::check(value, self.value_type())?;
        match value {
            Value::Text(text) if purpose == Purpose::Store => self.check_length(text),
            Value::Bytes(bytes) if purpose == Purpose::Store => self.check_size(bytes),
            _ => Ok(()),
        }
    }

    /// Refuses an unknown name of an enum with an `other` variant. Such an enum reads any name, but an owner stores only known
    /// ones.
    pub(super) fn check_known(&self, value: &Value) -> Result<(), ValueError> {
        match (self.values, value) {
            (FieldValues::Open(names), Value::Text(text)) if !names.contains(&text.as_str()) => {
                Err(unknown_name(text, names, ""))
            }
            _ => Ok(()),
        }
    }

    fn check_length(&self, text: &str) -> Result<(), ValueError> {
        if text.is_empty() && !self.blank() {
            return Err(ValueError::new("expected text that is not empty"));
        }
        match self.max_length() {
            // A text has at most as many characters as bytes, so most texts need no count.
            Some(max) if text.len() > max as usize && text.chars().count() > max as usize => {
                Err(ValueError::new(format!("expected at most {max} characters")))
            }
            _ => Ok(()),
        }
    }

    fn check_size(&self, bytes: &[u8]) -> Result<(), ValueError> {
        match self.max_length() {
            Some(max) if bytes.len() > max as usize => {
                Err(ValueError::new(format!("expected at most {max} bytes")))
            }
            _ => Ok(()),
        }
    }
}
