//! What was declared of a field.

use super::rules::Rules;
use crate::field::{FieldKind, FieldType, FieldValues, Value, ValueError, ValueType};

/// What a new row holds in a field that its creator did not give.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum FieldDefault {
    /// Nothing: the field is required, or null where it may be.
    None,
    /// This value.
    Value(fn() -> Value),
    /// The owner knows: a consumer leaves the field out.
    Owner,
}

/// What was declared of a field: its name on the wire, its type and its limits.
#[derive(Clone, Debug)]
pub struct FieldDescription {
    ident: &'static str,
    name: &'static str,
    column: &'static str,
    pub(super) value_type: ValueType,
    nullable: bool,
    check: fn(&Value) -> Result<(), ValueError>,
    hint: &'static str,
    pub(super) values: FieldValues,
    max_length: Option<u32>,
    blank: bool,
    default: FieldDefault,
    decimal: Option<DecimalDigits>,
    pub(super) rules: Rules,
    unique: bool,
    index: bool,
}

/// How many digits a decimal field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecimalDigits {
    /// Digits in all, at most 28.
    pub max_digits: u32,
    /// Digits behind the point.
    pub decimal_places: u32,
}

impl FieldDescription {
    /// A field of this name, in Rust and on the wire, and of this type: required, without limits, in the column of the
    /// same name.
    #[must_use]
    pub const fn new<T: FieldType>(name: &'static str) -> Self {
        Self::of(name, T::KIND)
    }

    // What a derive can't know of a type, it asserts: the four functions below are evaluated while the manager's crate
    // is compiled, and their panics are compile errors at the field.

    /// A field whose type is not written as an `Option`.
    #[doc(hidden)]
    #[must_use]
    #[track_caller]
    pub const fn non_null(name: &'static str, kind: FieldKind) -> Self {
        assert!(
            !kind.nullable,
            "this type is an `Option` under another name; write it as `Option<..>`, which the derive can see"
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
            "this `Option` is a type of another kind than the standard library's; give it another name"
        );
        Self::of(name, kind)
    }

    /// A field of a table whose type is not written as an `Option`, and that declares no digits.
    #[doc(hidden)]
    #[must_use]
    #[track_caller]
    pub const fn non_null_column(name: &'static str, kind: FieldKind) -> Self {
        Self::non_null(name, kind).without_digits()
    }

    /// A field of a table whose type is written as an `Option`, and that declares no digits.
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

    const fn of(name: &'static str, kind: FieldKind) -> Self {
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
            unique: false,
            index: false,
        }
    }

    /// Sets the most Unicode scalar values that the text may have, or the most bytes.
    ///
    /// # Panics
    /// When the field holds neither text nor bytes.
    #[must_use]
    #[track_caller]
    pub const fn with_max_length(mut self, max_length: u32) -> Self {
        assert!(
            matches!(self.value_type, ValueType::Text | ValueType::Bytes),
            "`max_length` is for fields of text or bytes"
        );
        self.max_length = Some(max_length);
        self
    }

    /// Allows empty text.
    ///
    /// # Panics
    /// When the field holds no text.
    #[must_use]
    #[track_caller]
    pub const fn with_blank(mut self) -> Self {
        assert!(
            matches!(self.value_type, ValueType::Text),
            "`blank` is for fields of text"
        );
        self.blank = true;
        self
    }

    /// Sets what a new row holds when its creator gives nothing.
    #[must_use]
    pub const fn with_default(mut self, default: FieldDefault) -> Self {
        self.default = default;
        self
    }

    /// Sets what a new row holds when its creator gives nothing, as the derive writes it.
    #[doc(hidden)]
    #[must_use]
    pub const fn default_fn(self, default: fn() -> Value) -> Self {
        self.with_default(FieldDefault::Value(default))
    }

    /// Sets the name on the wire, where it is not the one in Rust. The column keeps its own.
    #[must_use]
    pub const fn with_name(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// Sets the database's name of the field.
    #[must_use]
    pub const fn with_column(mut self, column: &'static str) -> Self {
        self.column = column;
        self
    }

    /// Sets a decimal's digits, and how many of them stand behind the point.
    ///
    /// # Panics
    /// When the field holds no decimal.
    #[must_use]
    #[track_caller]
    pub const fn with_decimal(mut self, max_digits: u32, decimal_places: u32) -> Self {
        assert!(
            matches!(self.value_type, ValueType::Decimal),
            "`max_digits` and `decimal_places` are for decimal fields"
        );
        self.decimal = Some(DecimalDigits {
            max_digits,
            decimal_places,
        });
        self
    }

    /// Says that no two rows have the same value, null aside: a write that would give a row another's value is refused
    /// ([`Error::Conflict`](crate::Error::Conflict)).
    ///
    /// # Panics
    /// When the field holds JSON.
    #[must_use]
    #[track_caller]
    pub const fn with_unique(mut self) -> Self {
        assert!(
            self.value_type.is_ordered(),
            "`unique` is for fields whose values a database can index, and JSON values are not"
        );
        self.unique = true;
        self
    }

    /// Says that queries look rows up by this field, so that its table needs an index on it.
    ///
    /// # Panics
    /// When the field holds JSON.
    #[must_use]
    #[track_caller]
    pub const fn with_index(mut self) -> Self {
        assert!(
            self.value_type.is_ordered(),
            "`index` is for fields whose values a database can index, and JSON values are not"
        );
        self.index = true;
        self
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

    /// The name of the database's column.
    #[must_use]
    pub const fn column(&self) -> &'static str {
        self.column
    }

    /// What the field holds.
    #[must_use]
    pub const fn value_type(&self) -> ValueType {
        self.value_type
    }

    /// Whether null is one of its values.
    #[must_use]
    pub const fn nullable(&self) -> bool {
        self.nullable
    }

    /// Which values of the field's [`ValueType`] are values of its Rust type, null aside.
    pub(crate) const fn values(&self) -> FieldValues {
        self.values
    }

    /// Whether a value of the field's [`ValueType`] is one of its Rust type ([`FieldType::check`]).
    pub(crate) fn check_type(&self, value: &Value) -> Result<(), ValueError> {
        (self.check)(value)
    }

    /// The same of a value that another service answers, in words for whoever consumes it.
    pub(crate) fn check_answered(&self, value: &Value) -> Result<(), ValueError> {
        self.check_type(value).map_err(|error| match self.hint {
            "" => error,
            hint => ValueError::new(format!("{}; {hint}", error.message())),
        })
    }

    /// The most Unicode scalar values that the text may have, or the most bytes.
    #[must_use]
    pub const fn max_length(&self) -> Option<u32> {
        self.max_length
    }

    /// Whether empty text is allowed.
    #[must_use]
    pub const fn blank(&self) -> bool {
        self.blank
    }

    /// What a new row holds when its creator gives nothing.
    #[must_use]
    pub const fn default(&self) -> FieldDefault {
        self.default
    }

    /// Whether a new row can do without a value for this field.
    #[must_use]
    pub const fn required(&self) -> bool {
        !self.nullable && matches!(self.default, FieldDefault::None)
    }

    /// Whether no two rows may have the same value, null aside. An id is unique without saying so.
    #[must_use]
    pub const fn unique(&self) -> bool {
        self.unique
    }

    /// Whether the field's column needs an index of its own.
    #[must_use]
    pub const fn index(&self) -> bool {
        self.index
    }

    /// A decimal's digits, where they are declared. A consumer need not: then a value is sent as it is.
    #[must_use]
    pub const fn decimal(&self) -> Option<DecimalDigits> {
        self.decimal
    }
}
