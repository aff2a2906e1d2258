//! The fields that the owner keeps: the version of a row, and the times of its creation and its last update.

use std::borrow::Cow;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Utc};

use super::{Description, FieldDescription, Record, Values};
use crate::error::{Error, FieldError};
use crate::field::{Value, ValueType};

/// What the owner keeps in a field. No caller writes such a field, and neither does the owner's own code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kept {
    /// The version of the row: 1 for a new row, and 1 more with each update that changes something.
    Version,
    /// The time at which the row was created.
    Created,
    /// The time of the last update that changed something. For a new row, the time at which it was created. It never goes
    /// backwards, also if the clock does.
    Updated,
}

/// The version of a new row.
pub(crate) const FIRST_VERSION: i64 = 1;

impl FieldDescription {
    /// Makes the field the version of the row.
    ///
    /// # Panics
    /// If the field is not an `i64`.
    #[must_use]
    #[track_caller]
    pub const fn with_version(mut self) -> Self {
        let is_i64 = matches!(
            self.value_type,
            ValueType::Integer {
                min: i64::MIN,
                max: i64::MAX
            }
        );
        assert!(is_i64 && !self.nullable(), "a version is an `i64`");
        self.kept = Some(Kept::Version);
        self
    }

    /// Makes the field the time at which the row was created.
    ///
    /// # Panics
    /// If the field is not a `DateTime<Utc>`.
    #[must_use]
    #[track_caller]
    pub const fn with_created(mut self) -> Self {
        check_time(&self);
        self.kept = Some(Kept::Created);
        self
    }

    /// Makes the field the time of the last update that changed something.
    ///
    /// # Panics
    /// If the field is not a `DateTime<Utc>`.
    #[must_use]
    #[track_caller]
    pub const fn with_updated(mut self) -> Self {
        check_time(&self);
        self.kept = Some(Kept::Updated);
        self
    }

    /// What the owner keeps in the field. `None` for a field that is written.
    #[must_use]
    pub const fn kept(&self) -> Option<Kept> {
        self.kept
    }
}

#[track_caller]
const fn check_time(field: &FieldDescription) {
    assert!(
        matches!(field.value_type, ValueType::DateTime) && !field.nullable(),
        "the time that the owner keeps is a `DateTime<Utc>`"
    );
}

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
            values.set(
                field,
                match kept {
                    Kept::Version => Value::Integer(FIRST_VERSION),
                    // One time for both fields.
                    Kept::Created | Kept::Updated => Value::DateTime(*now.get_or_insert_with(self::now)),
                },
            );
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
                (Kept::Version | Kept::Created, _) => continue,
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

/// The message for a value of a field that the owner keeps.
pub(crate) const KEPT: &str = "the owner keeps this field, so it can't be given";

/// The time, in the microseconds that every storage has.
fn now() -> DateTime<Utc> {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let micros = i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX);
    DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::UNIX_EPOCH)
}
