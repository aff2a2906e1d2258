//! The values of the fields that the owner keeps.

use std::borrow::Cow;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Utc};

use super::kept::{FIRST_VERSION, KEPT, Kept};
use super::{Description, Record, Values};
use crate::error::{Error, FieldError};
use crate::field::Value;

impl Description {
    /// The fields that the owner keeps.
    fn kept_fields(&self) -> impl Iterator<Item = (u16, Kept)> {
        let fields = if self.has_kept() { self.fields() } else { &[] };
        let kept = (0_u16..).zip(fields);
        kept.filter_map(|(index, field)| Some((index, field.kept()?)))
    }

    /// Sets the fields of a new row that the owner keeps.
    pub(crate) fn keep_at_create(&self, values: &mut Values) {
        let mut now = None;
        for (field, kept) in self.kept_fields() {
            let value = match kept {
                Kept::Version => Value::Integer(FIRST_VERSION),
                // One time for both fields.
                Kept::Created | Kept::Updated => Value::DateTime(*now.get_or_insert_with(self::now)),
                Kept::Computed => continue,
            };
            values.set(field, value);
        }
    }

    /// The values of an update that changes this row, with the fields that the owner keeps.
    ///
    /// A version that can't be read is left out, and so the update is refused.
    ///
    /// # Errors
    /// [`Error::Conflict`] if there is no higher version.
    pub(crate) fn keep_at_update<'v>(
        &self,
        values: &'v Values,
        row: &Record,
    ) -> Result<Cow<'v, Values>, Error> {
        let mut values = Cow::Borrowed(values);
        for (field, kept) in self.kept_fields() {
            let value = match (kept, row.get(field)) {
                (Kept::Version, Value::Integer(version)) => {
                    let next = version
                        .checked_add(1)
                        .ok_or_else(|| self.no_versions_left(field))?;
                    Value::Integer(next)
                }
                (Kept::Updated, Value::DateTime(before)) => Value::DateTime(now().max(*before)),
                (Kept::Updated, _) => Value::DateTime(now()),
                (Kept::Version | Kept::Created | Kept::Computed, _) => continue,
            };
            values.to_mut().set(field, value);
        }
        Ok(values)
    }

    fn no_versions_left(&self, field: u16) -> Error {
        let message = format!("the version is {}, and there is no higher one", i64::MAX);
        Error::conflict(self.name(), Some(self.field(field).name()), message)
    }

    /// Refuses the values of a write for fields that the owner keeps.
    pub(crate) fn refuse_kept(&self, values: &Values, errors: &mut Vec<FieldError>) {
        let given = self
            .kept_fields()
            .filter(|(field, _)| values.get(*field).is_some());
        errors.extend(given.map(|(field, _)| FieldError::new(self.field(field).name(), KEPT)));
    }
}

/// The time, in the microseconds that every storage has.
fn now() -> DateTime<Utc> {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let micros = i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX);
    DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::UNIX_EPOCH)
}
