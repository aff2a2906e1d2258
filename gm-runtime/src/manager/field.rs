//! The description of a field.

use super::kept::Kept;
use super::permissions::FieldPermissions;
use super::reference::ReferenceDescription;
use super::rules::Rules;
use crate::field::{FieldKind, FieldType, FieldValues, Value, ValueError, ValueType};

/// The default of a field: its value in a new row if the creator gives none.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum FieldDefault {
    /// No default: the field is required, or null if it is an `Option`.
    None,
    /// The value of this function.
    Value(fn() -> Value),
    /// The owner fills the field. A consumer leaves it out.
    Owner,
}

/// The description of a field: its names, its type, and the rules of its values.
#[derive(Clone, Debug)]
pub struct FieldDescription {
    ident: &'static str,
    pub(super) name: &'static str,
    pub(super) column: &'static str,
    pub(super) value_type: ValueType,
    nullable: bool,
    check: fn(&Value) -> Result<(), ValueError>,
    hint: &'static str,
    pub(super) values: FieldValues,
    pub(super) max_length: Option<u32>,
    pub(super) blank: bool,
    pub(super) default: FieldDefault,
    pub(super) decimal: Option<DecimalDigits>,
    pub(super) rules: Rules,
    pub(super) permissions: FieldPermissions,
    pub(super) unique: bool,
    pub(super) index: bool,
    pub(super) kept: Option<Kept>,
    pub(super) reference: Option<ReferenceDescription>,
}

/// The declared digits of a decimal field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecimalDigits {
    /// The digits in total, at most 28.
    pub max_digits: u32,
    /// The digits after the decimal point.
    pub decimal_places: u32,
}

impl FieldDescription {
    /// A required field of this type without rules. The name is that in Rust, on the wire and of the column.
    #[must_use]
    pub const fn new<T: FieldType>(name: &'static str) -> Self {
        Self::of(name, T::KIND)
    }

    // The derive chooses one of these four functions by how a type is written. They are evaluated at compile time and assert
    // that the choice is right. A failed assertion is a compile error at the field.

    /// A field whose type is not written as an `Option`.
    #[doc(hidden)]
    #[must_use]
    #[track_caller]
    pub const fn non_null(name: &'static str, kind: FieldKind) -> Self {
        assert!(
            !kind.nullable,
            "this type is an alias of `Option`: write `Option<..>`, because the derive sees only how a type is written"
        );
        Self::of(name, kind)
    }

    /// A field whose type is written as an `Option`.
    #[doc(hidden)]
    #[must_use]
    #[track_caller]
    pub const fn optional(name: &'static str, kind: FieldKind) -> Self {
        assert!(
            kind.nullable,
            "this `Option` is not the standard library's: give the type another name"
        );
        Self::of(name, kind)
    }

    /// A column whose type is not written as an `Option`, without declared digits.
    #[doc(hidden)]
    #[must_use]
    #[track_caller]
    pub const fn non_null_column(name: &'static str, kind: FieldKind) -> Self {
        Self::non_null(name, kind).without_digits()
    }

    /// A column whose type is written as an `Option`, without declared digits.
    #[doc(hidden)]
    #[must_use]
    #[track_caller]
    pub const fn optional_column(name: &'static str, kind: FieldKind) -> Self {
        Self::optional(name, kind).without_digits()
    }

    #[track_caller]
    const fn without_digits(self) -> Self {
        assert!(
            !matches!(self.value_type, ValueType::Decimal),
            "a decimal in a database needs its digits: add `#[field(max_digits = 10, decimal_places = 2)]`"
        );
        self
    }

    pub(super) const fn of(name: &'static str, kind: FieldKind) -> Self {
        Self {
            ident: name,
            name,
            column: name,
            value_type: kind.value_type,
            nullable: kind.nullable,
            check: kind.check,
            hint: kind.hint,
            values: kind.values,
            max_length: None,
            blank: false,
            default: FieldDefault::None,
            decimal: None,
            rules: Rules::none(),
            permissions: FieldPermissions::public(),
            unique: false,
            index: false,
            kept: None,
            reference: None,
        }
    }

    /// The name in Rust.
    #[must_use]
    pub const fn ident(&self) -> &'static str {
        self.ident
    }

    /// The name on the wire.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The name of the column.
    #[must_use]
    pub const fn column(&self) -> &'static str {
        self.column
    }

    /// The type of the values.
    #[must_use]
    pub const fn value_type(&self) -> ValueType {
        self.value_type
    }

    /// Whether the field may be null.
    #[must_use]
    pub const fn nullable(&self) -> bool {
        self.nullable
    }

    /// The values of the field's [`ValueType`] that its Rust type has, except null.
    pub(crate) const fn values(&self) -> FieldValues {
        self.values
    }

    /// Checks a value of the field's [`ValueType`] by its Rust type ([`FieldType::check`]).
    pub(crate) fn check_type(&self, value: &Value) -> Result<(), ValueError> {
        (self.check)(value)
    }

    /// Like [`check_type`](Self::check_type), for a value in a response. The error has a hint for the consumer.
    pub(crate) fn check_response(&self, value: &Value) -> Result<(), ValueError> {
        self.check_type(value).map_err(|error| match self.hint {
            "" => error,
            hint => ValueError::new(format!("{}; {hint}", error.message())),
        })
    }

    /// The maximum length: of text in characters (Unicode scalar values), of bytes in bytes.
    #[must_use]
    pub const fn max_length(&self) -> Option<u32> {
        self.max_length
    }

    /// Whether empty text is allowed.
    #[must_use]
    pub const fn blank(&self) -> bool {
        self.blank
    }

    /// The default.
    #[must_use]
    pub const fn default(&self) -> FieldDefault {
        self.default
    }

    /// Whether a new row needs a value for this field.
    #[must_use]
    pub const fn required(&self) -> bool {
        !self.nullable && self.kept.is_none() && matches!(self.default, FieldDefault::None)
    }

    /// Whether the values are unique, except null. False for the id, which is always unique.
    #[must_use]
    pub const fn unique(&self) -> bool {
        self.unique
    }

    /// Whether the table has an index on this field.
    #[must_use]
    pub const fn index(&self) -> bool {
        self.index
    }

    /// What the owner keeps in the field. `None` for a field that is written.
    #[must_use]
    pub const fn kept(&self) -> Option<Kept> {
        self.kept
    }

    /// The reference to the row whose id the field holds.
    #[must_use]
    pub const fn reference(&self) -> Option<&ReferenceDescription> {
        self.reference.as_ref()
    }

    /// The declared digits of a decimal. A consumer may declare none, and then sends values unchanged.
    #[must_use]
    pub const fn decimal(&self) -> Option<DecimalDigits> {
        self.decimal
    }
}
