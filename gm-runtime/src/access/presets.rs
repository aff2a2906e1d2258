//! Fields that are filled with an attribute of the caller.

use super::rule::caller_value;
use super::{Caller, Managed};
use crate::error::Error;
use crate::field::{Value, ValueError};
use crate::interface::{Guard, Write, Written, judge_version};
use crate::manager::{Description, FieldDescription, Operation, Values};

impl Managed {
    /// Fills in the fields that get an attribute of the caller at this operation.
    ///
    /// # Errors
    /// [`Error::PermissionDenied`] for a caller without the attribute of a field that is not nullable.
    pub(super) fn fill_presets(
        &self,
        operation: Operation,
        write: &mut Write,
        caller: &Caller<'_>,
    ) -> Result<(), Error> {
        let (Write::Create(values) | Write::Update(_, values)) = write else {
            return Ok(());
        };
        if !self.description.has_presets() {
            return Ok(());
        }
        for (index, field) in (0_u16..).zip(self.description.fields()) {
            let preset = match operation {
                Operation::Create => field.preset(),
                _ => field.preset_on_update(),
            };
            let Some(attribute) = preset else {
                continue;
            };
            match caller_value(field, attribute, caller.principal) {
                Some(value) => values.set(index, value),
                None if field.nullable() => values.set(index, Value::Null),
                None => {
                    self.log_missing_attribute(operation, field, attribute, caller);
                    return Err(self.denied(operation));
                }
            }
        }
        Ok(())
    }

    /// Refuses values of a caller for fields that the framework fills.
    pub(super) fn refuse_presets(&self, values: &Values) -> Result<(), Error> {
        let is_preset = |field: &u16| self.description.field(*field).is_preset();
        match values.iter().map(|(field, _)| field).find(is_preset) {
            Some(field) => {
                let message = "this field can't be given: it is filled with an attribute of the caller";
                Err(self.description.invalid(field, ValueError::new(message)))
            }
            None => Ok(()),
        }
    }

    /// Whether this is an update with fields that the framework fills at each update.
    pub(super) fn fills_update(&self, write: &Write) -> bool {
        matches!(write, Write::Update(..))
            && self.description.has_presets()
            && self.description.fields().iter().any(is_filled)
    }

    /// The outcome of an update that changes nothing but the fields that the framework fills. Such an update writes nothing.
    /// `None` for another one.
    pub(super) async fn unchanged(
        &self,
        write: &Write,
        guard: Option<&Guard>,
        expected_version: Option<i64>,
    ) -> Result<Option<Written>, Error> {
        let Write::Update(id, values) = write else {
            return Ok(None);
        };
        // A row that can't be read may be repaired by the update.
        let Ok(Some(row)) = self.stored_row(id).await else {
            return Ok(None);
        };
        let changes = |(field, value): (u16, &Value)| {
            let is_other = row.absent().contains(&field) || row.get(field) != value;
            !is_filled(self.description.field(field)) && is_other
        };
        if values.iter().any(changes) || guard.is_some_and(|guard| !guard.sees(&row)) {
            return Ok(None);
        }
        if let Some(guard) = guard {
            guard.judge_update(&row, &row)?;
        }
        judge_version(self.description, expected_version, &row)?;
        Ok(Some(Written::Row(row)))
    }
}

/// The fields that the framework fills at each update.
pub(super) fn filled_fields(description: &Description) -> Vec<u16> {
    let fields = (0_u16..).zip(description.fields());
    fields
        .filter(|(_, field)| is_filled(field))
        .map(|(index, _)| index)
        .collect()
}

fn is_filled(field: &FieldDescription) -> bool {
    field.preset_on_update().is_some()
}
