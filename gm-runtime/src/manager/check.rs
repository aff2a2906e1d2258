//! Whether a value is one of a field.

use rust_decimal::Decimal;

use super::{Description, FieldDefault, FieldDescription, Record, Values, form};
use crate::error::{Error, FieldError, RecordError};
use crate::field::{FieldValues, Value, ValueError, ValueType};

/// What a value is for. Its type, range, digits and places hold everywhere; what was declared besides, such as lengths
/// and the least value, is the owner's to judge, and for writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be compared with, or to be sent to the owner, who judges.
    Compare,
    /// To be stored.
    Store,
}

impl FieldDescription {
    /// The value in the form in which it is stored and sent: a decimal with the declared number of places, a zero without
    /// a sign.
    ///
    /// # Errors
    /// When the value is not one of this field. Null is judged by the caller.
    pub(crate) fn normalize(&self, value: Value, purpose: Purpose) -> Result<Value, ValueError> {
        if value.is_null() {
            return Ok(value);
        }
        let value = self.normalize_form(value, purpose)?;
        self.check_type(&value)?;
        if purpose == Purpose::Store {
            self.check_rules(&value)?;
        }
        Ok(value)
    }

    /// The value in the form in which an owner stores it.
    ///
    /// # Errors
    /// When an owner would not store it.
    #[cfg(feature = "testing")]
    pub(crate) fn judge(&self, value: Value) -> Result<Value, ValueError> {
        let value = self.normalize(value, Purpose::Store)?;
        self.check_known(&value)?;
        Ok(value)
    }

    /// The same for a value that is known to be one of the field's Rust type.
    fn normalize_form(&self, value: Value, purpose: Purpose) -> Result<Value, ValueError> {
        let value = match (self.value_type(), value) {
            (_, Value::Null) => return Ok(Value::Null),
            (ValueType::Decimal, Value::Decimal(value)) => Value::Decimal(self.normalize_decimal(value)?),
            (_, value) => value,
        };
        self.check_form(&value, purpose)?;
        // No storage need keep the sign of a zero, and SQLite does not: the two are equal and have one form.
        Ok(match value {
            Value::Float(value) => Value::Float(value + 0.0),
            Value::Float32(value) => Value::Float32(value + 0.0),
            Value::Json(mut json) => {
                form::drop_signs_of_zeros(&mut json);
                Value::Json(json)
            }
            value => value,
        })
    }

    /// Whether the value is one of the field's [`ValueType`].
    fn check_form(&self, value: &Value, purpose: Purpose) -> Result<(), ValueError> {
        form::check(value, self.value_type())?;
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
        let whole = digits.max_digits.saturating_sub(digits.decimal_places);
        let bound = 10_i128.checked_pow(whole).unwrap_or(i128::MAX);
        if value.trunc().mantissa().abs() >= bound {
            return Err(ValueError::new(format!(
                "expected at most {} digits, {} of them decimal places",
                digits.max_digits, digits.decimal_places
            )));
        }
        value.rescale(digits.decimal_places);
        Ok(value)
    }

    /// Whether the value is one of the enum's names, where the field has an enum that keeps other values too.
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
            // A text has at most as many scalar values as bytes: mostly there is nothing to count.
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

/// The most characters of an unknown name that an error repeats.
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
        [] => format!("there is no value of this field, got {got:?}{rest}"),
        [name] => format!("expected {name}, got {got:?}{rest}"),
        names => format!("expected one of {}, got {got:?}{rest}", names.join(", ")),
    })
}

impl Description {
    /// The error of this value of the field at this place.
    pub(crate) fn invalid(&self, field: u16, error: ValueError) -> Error {
        Error::invalid(self.name(), self.field(field).name(), error.into_message())
    }

    fn note(&self, field: u16, error: ValueError, errors: &mut Vec<FieldError>) {
        errors.push(FieldError::new(self.field(field).name(), error.into_message()));
    }

    /// Everything that is wrong with a write as one error, if anything is, in the order of the fields.
    pub(crate) fn refuse(&self, mut errors: Vec<FieldError>) -> Result<(), Error> {
        if errors.is_empty() {
            return Ok(());
        }
        let place = |error: &FieldError| error.field().and_then(|field| self.field_index(field));
        // What is wrong with the row as a whole comes last.
        errors.sort_by_key(|error| place(error).unwrap_or(u16::MAX));
        Err(Error::Invalid {
            manager: self.name(),
            errors,
        })
    }

    /// Checks the values of a write, puts them into the form in which they are stored, and notes those that don't fit.
    pub(crate) fn normalize_values(
        &self,
        values: Values,
        purpose: Purpose,
        errors: &mut Vec<FieldError>,
    ) -> Values {
        // A consumer's struct writes back what it does not know: its owner may know it.
        let is_owner = purpose == Purpose::Store && self.remote().is_none();
        let mut normal = Values::new();
        normal.set_history_comment(values.history_comment().map(str::to_owned));
        for (field, value) in values.into_iter() {
            let description = self.field(field);
            if value.is_null() && !description.nullable() {
                self.note(field, ValueError::new("expected a value, got null"), errors);
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
                Err(error) => self.note(field, error, errors),
            }
        }
        normal
    }

    /// Judges the values of an update, and puts them into the form in which they are stored.
    pub(crate) fn check_values(&self, values: Values) -> Result<Values, Error> {
        let mut errors = Vec::new();
        let values = self.normalize_values(values, Purpose::Store, &mut errors);
        self.refuse(errors)?;
        Ok(values)
    }

    /// Judges a row as it would be stored.
    pub(crate) fn check_row(&'static self, record: Record) -> Result<(), Error> {
        let mut values = Values::new();
        for (field, value) in (0..).zip(record.into_values()) {
            values.set(field, value);
        }
        let values = self.check_values(values)?;
        self.validate(&Record::new(values.into_iter().map(|(_, value)| value).collect()))
    }

    /// Puts a row of an application's own storage into the form in which it is sent.
    pub(crate) fn normalize_record(&'static self, record: Record) -> Result<Record, Error> {
        let values = (0..).zip(record.into_values()).map(|(index, value)| {
            self.field(index)
                .normalize_form(value, Purpose::Compare)
                .map_err(|source| Error::record(self, RecordError { field: index, source }))
        });
        values.collect::<Result<_, _>>().map(Record::new)
    }

    /// Fills in the defaults of a new row, and notes what is missing, but for what the owner fills.
    pub(crate) fn complete(&self, values: &mut Values, errors: &mut Vec<FieldError>) {
        for (index, field) in (0_u16..).zip(self.fields()) {
            let given =
                values.get(index).is_some() || errors.iter().any(|error| error.field() == Some(field.name()));
            if given || (index == self.id_index() && self.id_assigned()) {
                continue;
            }
            match field.default() {
                FieldDefault::Value(default) => match field.normalize(default(), Purpose::Compare) {
                    Ok(value) => values.set(index, value),
                    Err(error) => self.note(index, error, errors),
                },
                FieldDefault::None | FieldDefault::Owner if field.nullable() => {
                    values.set(index, Value::Null)
                }
                // Storage of an application's own stands in for the owner.
                FieldDefault::None | FieldDefault::Owner if self.is_owners(field) => {}
                FieldDefault::None | FieldDefault::Owner => {
                    self.note(index, ValueError::new("this field is required"), errors);
                }
            }
        }
    }

    /// Refuses a default that no row may have: null, which a JSON value is by default.
    ///
    /// # Errors
    /// [`Error::Configuration`] for such a field.
    pub(crate) fn check_defaults(&self) -> Result<(), Error> {
        for field in self.fields() {
            let FieldDefault::Value(default) = field.default() else {
                continue;
            };
            // A value of another type is never null. So no default that counts its calls is called here.
            if !field.nullable() && field.value_type() == ValueType::Json && default().is_null() {
                return Err(Error::Configuration(format!(
                    "the default of `{}`.`{}` is JSON's null, which only an `Option` holds: write \
                     `#[field(default = serde_json::json!({{}}))]`, or declare an `Option`",
                    self.name(),
                    field.ident()
                )));
            }
        }
        Ok(())
    }

    /// Whether a new row's creator leaves the field to the owner, who is another service.
    fn is_owners(&self, field: &FieldDescription) -> bool {
        self.remote().is_some() && (field.read_only() || matches!(field.default(), FieldDefault::Owner))
    }

    /// Whether a new row has what the owner would fill in, where nothing stands in for the owner.
    pub(crate) fn require_filled(&self, values: &Values) -> Result<(), Error> {
        let mut errors = Vec::new();
        for (index, field) in (0_u16..).zip(self.fields()) {
            if values.get(index).is_some() || !self.is_owners(field) {
                continue;
            }
            let message = if field.read_only() {
                "the owner fills this field, and rows in memory have none: give whole rows to `GmBuilder::in_memory_with`"
            } else {
                "the owner fills this field, and rows in memory have none: set it"
            };
            self.note(index, ValueError::new(message), &mut errors);
        }
        self.refuse(errors)
    }
}
