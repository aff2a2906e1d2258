//! A field type that is less visible than the struct.

use gm_runtime::GeneralManager;
use gm_runtime::field::{FieldType, Value, ValueError, ValueType};

#[derive(Clone, Debug)]
struct Level(i32);

impl FieldType for Level {
    const VALUE_TYPE: ValueType = <i32 as FieldType>::VALUE_TYPE;

    fn into_value(self) -> Value {
        self.0.into_value()
    }

    fn to_value(&self) -> Value {
        self.0.to_value()
    }

    fn from_value(value: Value) -> Result<Self, ValueError> {
        i32::from_value(value).map(Level)
    }
}

/// An owner's manager.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "rows")]
pub struct Row {
    #[field(id)]
    id: i64,
    level: Level,
    #[field(default = Level(1))]
    other: Level,
}

/// Uses the generated items.
#[must_use]
pub fn uses(row: &Row) -> bool {
    row.level.0 > row.other.0
}
