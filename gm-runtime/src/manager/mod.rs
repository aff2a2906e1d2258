//! The description of a manager, the trait that the derive implements, records, and the check of values.

mod absent;
mod api;
mod capability;
mod check;
mod computed;
mod computed_methods;
mod definition;
mod description;
mod field;
mod field_permissions;
mod field_rules;
mod field_set;
mod field_settings;
mod kept;
mod kept_values;
mod memory_size;
mod missing;
mod operation;
mod pattern;
mod permissions;
mod record;
mod records;
mod reference;
mod row_id;
mod rules;
mod type_check;
pub(crate) mod updated;
mod validation;
mod value_range;
mod values;
mod written_rows;

pub use crate::condition::{CallerAttribute, Rule, RuleOperand, RuleOperator};
pub use crate::error::operation::Operation;
pub use api::{Api, Remote};
pub use capability::{Creates, Deletes, Details, Exposed, Filters, Invalidates, Updates, Versions, Watches};
#[doc(hidden)]
pub use computed::Computed;
pub use computed::ComputedField;
#[doc(hidden)]
pub use computed_methods::{ComputedFields, ComputedOf, NoComputedFields};
pub use definition::{Handles, Manager};
pub use description::Description;
pub use field::{DecimalDigits, FieldDefault, FieldDescription};
pub use kept::Kept;
#[doc(hidden)]
pub use missing::GeneralManager;
pub use operation::Operations;
pub use pattern::Pattern;
pub use permissions::Permissions;
pub use record::Record;
#[doc(hidden)]
pub use record::RowDecoder;
pub use reference::{OnDelete, ReferenceDescription};
#[cfg(feature = "garde")]
pub use validation::Validated;
pub use validation::{Validation, validation};
pub use values::Values;

pub(crate) use check::Purpose;
pub(crate) use definition::decode_row;
pub(crate) use field_set::FieldSet;
pub(crate) use kept::{FIRST_VERSION, KEPT};
pub(crate) use memory_size::bytes_of;
pub(crate) use records::Records;
pub(crate) use type_check::check_characters;
