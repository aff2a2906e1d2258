//! `Self` in the type of a field.

use std::marker::PhantomData;

use gm_runtime::GeneralManager;
use gm_runtime::field::{FieldType, NotNull, Value, ValueError, ValueType};

/// The id of a row of another struct.
#[derive(Clone, Debug)]
pub struct Reference<M>(i64, PhantomData<fn() -> M>);

impl<M: 'static> FieldType for Reference<M> {
    const VALUE_TYPE: ValueType = <i64 as FieldType>::VALUE_TYPE;

    fn into_value(self) -> Value {
        self.0.into_value()
    }

    fn to_value(&self) -> Value {
        self.0.to_value()
    }

    fn from_value(value: Value) -> Result<Self, ValueError> {
        i64::from_value(value).map(|id| Self(id, PhantomData))
    }
}

impl<M: 'static> NotNull for Reference<M> {}

/// An owner's manager.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "rows")]
pub struct Row {
    /// The id.
    #[field(id)]
    pub id: i64,
    /// Another row.
    pub parent: Option<Reference<Self>>,
    /// Another row.
    pub first: Reference<Self>,
}

/// Uses the generated items.
pub fn uses(row: Reference<Row>) -> gm_runtime::Query<Row> {
    Row::filter(|p| p.parent.eq(row))
}
