//! What was declared of a field.

use crate::field::{FieldType, Value, ValueType};

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
    name: &'static str,
    column: &'static str,
    value_type: ValueType,
    nullable: bool,
    max_length: Option<u32>,
    blank: bool,
    default: FieldDefault,
    decimal: Option<DecimalDigits>,
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
    /// A field of this name and type: required, without limits, in the column of the same name.
    #[must_use]
    pub const fn new<T: FieldType>(name: &'static str) -> Self {
        Self {
            name,
            column: name,
            value_type: T::VALUE_TYPE,
            nullable: T::NULLABLE,
            max_length: None,
            blank: false,
            default: FieldDefault::None,
            decimal: None,
        }
    }

    /// Sets the most Unicode scalar values that the text may have.
    #[must_use]
    pub const fn with_max_length(mut self, max_length: u32) -> Self {
        self.max_length = Some(max_length);
        self
    }

    /// Allows empty text.
    #[must_use]
    pub const fn with_blank(mut self) -> Self {
        self.blank = true;
        self
    }

    /// Sets what a new row holds when its creator gives nothing.
    #[must_use]
    pub const fn with_default(mut self, default: FieldDefault) -> Self {
        self.default = default;
        self
    }

    /// Sets the database's name of the field.
    #[must_use]
    pub const fn with_column(mut self, column: &'static str) -> Self {
        self.column = column;
        self
    }

    /// Sets a decimal's digits, and how many of them stand behind the point.
    #[must_use]
    pub const fn with_decimal(mut self, max_digits: u32, decimal_places: u32) -> Self {
        self.decimal = Some(DecimalDigits {
            max_digits,
            decimal_places,
        });
        self
    }

    /// The name on the wire and in Rust.
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

    /// The most Unicode scalar values that the text may have.
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

    /// A decimal's digits, where they are declared. A consumer need not: then a value is sent as it is.
    #[must_use]
    pub const fn decimal(&self) -> Option<DecimalDigits> {
        self.decimal
    }
}
