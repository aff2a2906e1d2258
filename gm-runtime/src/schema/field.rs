//! The schema of a field.

use serde::{Deserialize, Serialize};

use super::limits::{self, MAX_WORDS};
use super::{SchemaType, words};
use crate::condition::Operator;
use crate::manager::Kept;

/// The schema of a field: its type, what a caller may do with it, and the limits of its values.
///
/// What is absent in JSON is false, empty or `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FieldSchema {
    /// The name on the wire.
    pub name: String,
    /// The type of the values.
    #[serde(rename = "type")]
    pub value_type: SchemaType,
    /// Whether the value may be null.
    #[serde(default, skip_serializing_if = "is_false")]
    pub nullable: bool,
    /// Whether the caller may give the field a value, and not read it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub write_only: bool,
    /// Whether the caller may give the field a value in a create.
    #[serde(default, skip_serializing_if = "is_false")]
    pub creatable: bool,
    /// Whether a create without the field is refused.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// Whether the caller may change the field in an update.
    #[serde(default, skip_serializing_if = "is_false")]
    pub updatable: bool,
    /// Whether a create without the field gets a default other than null.
    #[serde(default, skip_serializing_if = "is_false")]
    pub has_default: bool,
    /// What the owner keeps in the field. A word that is not known is ignored when it is read.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "words::kept")]
    pub kept: Option<Kept>,
    /// Whether no two rows have the same value, except null. True for the id.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unique: bool,
    /// The range of an integer's type. `None` for 64 bits with a sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<IntegerRange>,
    /// The names of an enum. `None` for a field that is no enum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "limits::optional_list::<_, MAX_WORDS>")]
    pub values: Option<Vec<String>>,
    /// Whether the enum is declared to get further names (`#[field_type(other)]`).
    #[serde(default, skip_serializing_if = "is_false")]
    pub open: bool,
    /// The maximum length of a value that is written: of text in characters, of bytes in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// Whether empty text may be written.
    #[serde(default, skip_serializing_if = "is_false")]
    pub blank: bool,
    /// The digits of a decimal in total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_digits: Option<u32>,
    /// The digits of a decimal after the point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimal_places: Option<u32>,
    /// The minimum of a value that is written, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<String>,
    /// The maximum of a value that is written, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<String>,
    /// The pattern that the whole of a written text must match, in the syntax of the crate `regex`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The lookups by which a query may filter. A word that is not known is ignored when it is read.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "words::lookups")]
    pub lookups: Vec<Operator>,
    /// Whether a query may order by the field.
    #[serde(default, skip_serializing_if = "is_false")]
    pub orderable: bool,
    /// The resource whose rows the field refers to, if the caller may see it at the same base path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<ReferenceSchema>,
}

/// The range of an integer's type, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IntegerRange {
    /// The minimum.
    pub min: i64,
    /// The maximum.
    pub max: i64,
}

/// The resource whose rows a field refers to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReferenceSchema {
    /// The name of the row in lookups: `customer` in `customer__name`.
    pub name: String,
    /// The resource of the rows.
    pub resource: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(super) fn is_false(value: &bool) -> bool {
    !value
}
