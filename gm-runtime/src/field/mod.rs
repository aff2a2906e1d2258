//! The types and values of fields.

mod case;
mod into_field;
mod quoted;
mod types;
mod value;

pub use case::fold_case;
pub(crate) use case::fold_char;
pub use gm_macros::FieldType;
pub use into_field::IntoField;
#[doc(hidden)]
pub use into_field::constant;
pub(crate) use quoted::quoted;
pub use types::{
    CalendarField, FieldKind, FieldType, IdType, InstantField, NotNull, Nullable, OrderedField, TextField,
};
#[doc(hidden)]
pub use types::{FieldValues, OtherValue, check_name, unknown_name, validate, validate_some};
pub use value::{Value, ValueError, ValueType};
