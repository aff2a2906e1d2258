//! The check of values: whether they are valid for their field, and their normal form.

use rust_decimal::Decimal;

use super::{Description, FieldDefault, FieldDescription, Record, Values, type_check};
use crate::error::{Error, FieldError, RecordError};
use crate::field::{FieldValues, Value, ValueError, ValueType};

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
    fn normalize_type(&self, value: Value, purpose: Purpose) -> Result<Value, ValueError> {
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

    fn normalize_decimal(&self, value: Decimal) -> Result<Decimal, ValueError> {
        let mut value = value.normalize();
        if value.is_zero() {
            value.set_sign_positive(true);
        }
        let Some(digits) = self.decimal() else {
            return Ok(value);
        };
        if value.scale() > digits.decimal_places {
            return Err(ValueError::new(format!(
                "expected at most {} decimal places",
                digits.decimal_places
            )));
        }
        // The integer part must leave room for the declared places.
        let integer_digits = digits.max_digits.saturating_sub(digits.decimal_places);
        let bound = 10_i128.checked_pow(integer_digits).unwrap_or(i128::MAX);
        if value.trunc().mantissa().abs() >= bound {
            return Err(ValueError::new(format!(
                "expected at most {} digits, {} of them decimal places",
                digits.max_digits, digits.decimal_places
            )));
        }
        value.rescale(digits.decimal_places);
        Ok(value)
    }

    /// Refuses an unknown name of an enum with an `other` variant. Such an enum reads any name, but an owner stores only known
    /// ones.
    fn check_known(&self, value: &Value) -> Result<(), ValueError> {
        match (self.values, value) {
            (FieldValues::Open(names), Value::Text(text)) if !names.contains(&text.as_str()) => {
                Err(unknown_name(text, names))
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

/// The maximum number of characters of an unknown name in an error message.
const MAX_NAME: usize = 64;

fn unknown_name(text: &str, names: &[&str]) -> ValueError {
    let known: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
    let rest = if text.chars().nth(MAX_NAME).is_some() {
        "…"
    } else {
        ""
    };
    let got: String = text.chars().take(MAX_NAME).collect();
    ValueError::new(match known.as_slice() {
        [] => format!("this field has no valid values, got {got:?}{rest}"),
        [name] => format!("expected {name}, got {got:?}{rest}"),
        names => format!("expected one of {}, got {got:?}{rest}", names.join(", ")),
    })
}

impl Description {
    /// The error of a value of this field.
    pub(crate) fn invalid(&self, field: u16, error: ValueError) -> Error {
        Error::invalid(self.name(), self.field(field).name(), error.into_message())
    }

    fn push_error(&self, field: u16, error: ValueError, errors: &mut Vec<FieldError>) {
        errors.push(FieldError::new(self.field(field).name(), error.into_message()));
    }

    /// All errors of a write as one error, in the order of the fields. `Ok` if there are none.
    pub(crate) fn refuse(&self, mut errors: Vec<FieldError>) -> Result<(), Error> {
        if errors.is_empty() {
            return Ok(());
        }
        let index = |error: &FieldError| error.field().and_then(|field| self.field_index(field));
        // Errors of the row as a whole are last.
        errors.sort_by_key(|error| index(error).unwrap_or(u16::MAX));
        Err(Error::Invalid {
            manager: self.name(),
            errors,
        })
    }

    /// Checks the values of a write and returns their normal forms. The errors of invalid values are added to `errors`.
    pub(crate) fn normalize_values(
        &self,
        values: Values,
        purpose: Purpose,
        errors: &mut Vec<FieldError>,
    ) -> Values {
        // A consumer may write an unknown name, since the owner may know it.
        let is_owner = purpose == Purpose::Store && self.remote().is_none();
        let mut normal = Values::new();
        normal.set_history_comment(values.history_comment().map(str::to_owned));
        for (field, value) in values.into_iter() {
            let description = self.field(field);
            if value.is_null() && !description.nullable() {
                self.push_error(field, ValueError::new("expected a value, got null"), errors);
                continue;
            }
            let normalized = description.normalize(value, purpose).and_then(|value| {
                if is_owner {
                    description.check_known(&value)?;
                }
                Ok(value)
            });
            match normalized {
                Ok(value) => normal.set(field, value),
                Err(error) => self.push_error(field, error, errors),
            }
        }
        normal
    }

    /// Checks the values of an update and returns their normal forms.
    pub(crate) fn check_values(&self, values: Values) -> Result<Values, Error> {
        let mut errors = Vec::new();
        let values = self.normalize_values(values, Purpose::Store, &mut errors);
        self.refuse(errors)?;
        Ok(values)
    }

    /// Checks a row as if it were stored.
    pub(crate) fn check_row(&'static self, record: Record) -> Result<(), Error> {
        let mut values = Values::new();
        for (field, value) in (0..).zip(record.into_values()) {
            values.set(field, value);
        }
        let values = self.check_values(values)?;
        self.validate(&Record::new(values.into_iter().map(|(_, value)| value).collect()))
    }

    /// The normal form of a row of the application's storage, in which it is sent.
    pub(crate) fn normalize_record(&'static self, record: Record) -> Result<Record, Error> {
        let values = (0..).zip(record.into_values()).map(|(index, value)| {
            self.field(index)
                .normalize_type(value, Purpose::Compare)
                .map_err(|source| Error::record(self, RecordError { field: index, source }))
        });
        values.collect::<Result<_, _>>().map(Record::new)
    }

    /// Sets the defaults of a new row. A missing field is an error, unless the owner fills it.
    pub(crate) fn complete(&self, values: &mut Values, errors: &mut Vec<FieldError>) {
        for (index, field) in (0_u16..).zip(self.fields()) {
            let is_given =
                values.get(index).is_some() || errors.iter().any(|error| error.field() == Some(field.name()));
            if is_given || (index == self.id_index() && self.id_assigned()) {
                continue;
            }
            match field.default() {
                FieldDefault::Value(default) => match field.normalize(default(), Purpose::Compare) {
                    Ok(value) => values.set(index, value),
                    Err(error) => self.push_error(index, error, errors),
                },
                FieldDefault::None | FieldDefault::Owner if field.nullable() => {
                    values.set(index, Value::Null)
                }
                // The owner fills the field.
                FieldDefault::None | FieldDefault::Owner if self.is_filled_by_owner(field) => {}
                FieldDefault::None | FieldDefault::Owner => {
                    self.push_error(index, ValueError::new("this field is required"), errors);
                }
            }
        }
    }

    /// Refuses null as the default of a JSON field without `Option`: `serde_json::Value` has null as its `Default`.
    ///
    /// # Errors
    /// [`Error::Configuration`] for such a field.
    pub(crate) fn check_defaults(&self) -> Result<(), Error> {
        for field in self.fields() {
            let FieldDefault::Value(default) = field.default() else {
                continue;
            };
            // Other types have no null. Their defaults are not called, since an application may count the calls.
            if !field.nullable() && field.value_type() == ValueType::Json && default().is_null() {
                return Err(Error::Configuration(format!(
                    "the default of `{}`.`{}` is JSON's null, which only an `Option` holds: write \
                     `#[field(default = serde_json::json!({{}}))]`, or make the field an `Option`",
                    self.name(),
                    field.ident()
                )));
            }
        }
        Ok(())
    }

    /// Whether another service, the owner, fills the field of a new row.
    fn is_filled_by_owner(&self, field: &FieldDescription) -> bool {
        self.remote().is_some() && (field.read_only() || matches!(field.default(), FieldDefault::Owner))
    }

    /// Requires values for the fields that the owner fills, because rows in memory have no owner.
    pub(crate) fn require_owners_fields(&self, values: &Values) -> Result<(), Error> {
        let mut errors = Vec::new();
        for (index, field) in (0_u16..).zip(self.fields()) {
            if values.get(index).is_some() || !self.is_filled_by_owner(field) {
                continue;
            }
            let message = if field.read_only() {
                "the owner fills this field, and rows in memory have no owner: pass whole rows to `GmBuilder::in_memory_with`"
            } else {
                "the owner fills this field, and rows in memory have no owner: set the field"
            };
            self.push_error(index, ValueError::new(message), &mut errors);
        }
        self.refuse(errors)
    }
}
