//! The settings of a field's description, in addition to its name and type.

use super::field::{DecimalDigits, FieldDefault, FieldDescription};
use super::kept::Kept;
use super::reference::ReferenceDescription;
use crate::field::{Value, ValueType};

impl FieldDescription {
    /// Sets the maximum length: of text in characters (Unicode scalar values), of bytes in bytes.
    ///
    /// # Panics
    /// If the field holds neither text nor bytes.
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
    /// If the field does not hold text.
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

    /// Sets the default.
    #[must_use]
    pub const fn with_default(mut self, default: FieldDefault) -> Self {
        self.default = default;
        self
    }

    /// Sets the function of the default. The derive calls it.
    #[doc(hidden)]
    #[must_use]
    pub const fn default_fn(self, default: fn() -> Value) -> Self {
        self.with_default(FieldDefault::Value(default))
    }

    /// Sets the name on the wire. The column keeps its own name.
    #[must_use]
    pub const fn with_name(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// Sets the name of the column.
    #[must_use]
    pub const fn with_column(mut self, column: &'static str) -> Self {
        self.column = column;
        self
    }

    /// Sets the digits of a decimal: in total, and after the decimal point.
    ///
    /// # Panics
    /// If the field does not hold a decimal.
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

    /// Makes the values unique, except null: a write of a value that another row has is an
    /// [`Error::Conflict`](crate::Error::Conflict).
    ///
    /// # Panics
    /// If the field holds JSON.
    #[must_use]
    #[track_caller]
    pub const fn with_unique(mut self) -> Self {
        assert!(
            self.value_type.is_ordered(),
            "`unique` is not for JSON fields, which a database can't index"
        );
        self.unique = true;
        self
    }

    /// Gives the table an index on this field.
    ///
    /// # Panics
    /// If the field holds JSON.
    #[must_use]
    #[track_caller]
    pub const fn with_index(mut self) -> Self {
        assert!(
            self.value_type.is_ordered(),
            "`index` is not for JSON fields, which a database can't index"
        );
        self.index = true;
        self
    }

    /// Makes the field hold the id of a row of another manager, or of its own.
    #[must_use]
    pub const fn with_reference(mut self, reference: ReferenceDescription) -> Self {
        self.reference = Some(reference);
        self
    }

    /// Makes the field the version of the row.
    ///
    /// # Panics
    /// If the field is not an `i64`.
    #[must_use]
    #[track_caller]
    pub const fn with_version(mut self) -> Self {
        let is_i64 = matches!(
            self.value_type,
            ValueType::Integer {
                min: i64::MIN,
                max: i64::MAX
            }
        );
        assert!(is_i64 && !self.nullable(), "a version is an `i64`");
        self.kept = Some(Kept::Version);
        self
    }

    /// Makes the field the time at which the row was created.
    ///
    /// # Panics
    /// If the field is not a `DateTime<Utc>`.
    #[must_use]
    #[track_caller]
    pub const fn with_created(mut self) -> Self {
        check_time(&self);
        self.kept = Some(Kept::Created);
        self
    }

    /// Makes the field the time of the last update that changed something.
    ///
    /// # Panics
    /// If the field is not a `DateTime<Utc>`.
    #[must_use]
    #[track_caller]
    pub const fn with_updated(mut self) -> Self {
        check_time(&self);
        self.kept = Some(Kept::Updated);
        self
    }

    /// Makes the field one that the owner computes. It is read-only, and no query filters or orders by it.
    #[must_use]
    pub const fn with_computed(mut self) -> Self {
        self.kept = Some(Kept::Computed);
        self.rules.read_only = true;
        self.rules.filter = false;
        self.rules.order = false;
        self
    }
}

#[track_caller]
const fn check_time(field: &FieldDescription) {
    assert!(
        matches!(field.value_type, ValueType::DateTime) && !field.nullable(),
        "the time that the owner keeps is a `DateTime<Utc>`"
    );
}
