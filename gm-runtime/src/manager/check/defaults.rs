//! The defaults of a new row, and the fields that the owner fills.

use super::normalize::Purpose;
use crate::error::{Error, FieldError};
use crate::field::{Value, ValueError, ValueType};
use crate::manager::{Description, FieldDefault, FieldDescription, Values};

impl Description {
    /// Sets the defaults of a new row. A missing field is an error, unless the owner fills it.
    pub(crate) fn complete(&self, values: &mut Values, errors: &mut Vec<FieldError>) {
        for (index, field) in (0_u16..).zip(self.fields()) {
            let is_given =
                values.get(index).is_some() || errors.iter().any(|error| error.field() == Some(field.name()));
            let is_assigned = index == self.id_index() && self.id_assigned();
            if is_given || is_assigned || field.kept().is_some() {
                continue;
            }
            match field.default() {
                FieldDefault::Value(default) => match self.normalize_default(field, default()) {
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
        self.keep_at_create(values);
    }

    fn normalize_default(&self, field: &FieldDescription, default: Value) -> Result<Value, ValueError> {
        let value = field.normalize(default, Purpose::Compare)?;
        // The owner refuses unknown names wherever they come from.
        if self.remote().is_none() {
            field.check_known(&value)?;
        }
        Ok(value)
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
