//! The Rust types of fields, and the traits of their lookups.

mod built_in;
mod field_type;
mod id;
mod json;
mod names;
mod numbers;
mod time;
mod validate;

pub use field_type::{
    CalendarField, FieldKind, FieldType, FieldValues, InstantField, NotNull, Nullable, OrderedField,
    TextField,
};
pub use id::IdType;
#[doc(hidden)]
pub use names::{OtherValue, check_name, unknown_name};
#[doc(hidden)]
pub use validate::{validate, validate_some};
