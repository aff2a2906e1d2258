//! The types and values of fields.

mod case;
mod into_field;
mod types;
mod value;

pub use case::fold_case;
pub use gm_macros::FieldType;
pub use into_field::IntoField;
pub use types::{
    CalendarField, FieldKind, FieldType, IdType, InstantField, NotNull, Nullable, OrderedField, TextField,
};
#[doc(hidden)]
pub use types::{FieldValues, OtherValue, check_name, validate, validate_some};
pub use value::{Value, ValueError, ValueType};
