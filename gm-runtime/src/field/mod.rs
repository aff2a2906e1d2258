//! The types a field may have, and the typed handles that queries are written with.

mod access;
mod case;
mod error;
mod handle;
mod into_field;
mod missing;
mod types;
mod value;

pub use access::{FilterOnly, Filterable, OrderOnly, Sortable, Unlimited, Unqueried};
pub use case::fold_case;
pub use error::FieldError;
pub use gm_macros::FieldType;
pub use handle::Field;
pub use into_field::IntoField;
pub use types::{
    CalendarField, FieldKind, FieldType, IdType, InstantField, NotNull, Nullable, OrderedField, TextField,
};
#[doc(hidden)]
pub use types::{FieldValues, Unnamed, one_of, validate, validate_some};
pub use value::{Value, ValueError, ValueType};
