//! The check of the values of a write, and of whole rows.

use super::normalize::Purpose;
use crate::error::{Error, FieldError, RecordError};
use crate::field::ValueError;
use crate::manager::{Description, Record, Values};

impl Description {
    /// The error of a value of this field.
    pub(crate) fn invalid(&self, field: u16, error: ValueError) -> Error {
        Error::invalid(self.name(), self.field(field).name(), error.into_message())
    }

    pub(super) fn push_error(&self, field: u16, error: ValueError, errors: &mut Vec<FieldError>) {
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
                .map_err(|source| {
                    let row = None;
                    Error::record(
                        self,
                        RecordError {
                            field: index,
                            row,
                            source,
                        },
                    )
                })
        });
        values.collect::<Result<_, _>>().map(Record::new)
    }
}
