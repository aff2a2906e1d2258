//! Which Rust types a field may have, and what each of them can be asked.

use chrono::{DateTime, NaiveDate, Timelike, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Value, ValueError, ValueType};

/// A type that a field of a manager may have.
///
/// Implemented for `bool`, `i32`, `i64`, `f64`, `String`, [`rust_decimal::Decimal`], [`chrono::NaiveDate`],
/// [`chrono::DateTime<Utc>`] and [`uuid::Uuid`], and for `Option` of each. The form of a value on the wire and in
/// a database is that of its type here; the struct's serde derives are not needed and do not matter.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the type of a manager's field",
    label = "not a field type",
    note = "a field is a `bool`, `i32`, `i64`, `f64`, `String`, `rust_decimal::Decimal`, `chrono::NaiveDate`, `chrono::DateTime<chrono::Utc>` or `uuid::Uuid`, or an `Option` of one of these"
)]
pub trait FieldType: Sized + Send + Sync + 'static {
    /// What the wire and the databases hold.
    const VALUE_TYPE: ValueType;
    /// Whether null is one of the values.
    const NULLABLE: bool = false;
    /// What the derive's expansion asks of a type, in one word: of all that it emits for a field of an unsupported
    /// type, one error is left.
    #[doc(hidden)]
    const KIND: FieldKind = FieldKind {
        value_type: Self::VALUE_TYPE,
        nullable: Self::NULLABLE,
    };

    /// The value without its type.
    fn into_value(self) -> Value;

    /// The value without its type, copied.
    fn to_value(&self) -> Value;

    /// The value that [`into_value`](Self::into_value) made.
    ///
    /// # Errors
    /// When the value is of another type, or outside what this type can hold.
    fn from_value(value: Value) -> Result<Self, ValueError>;
}

/// What a field's type says of its values.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct FieldKind {
    pub(crate) value_type: ValueType,
    pub(crate) nullable: bool,
}

/// A field type that orders: everything that is built in.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no order, so a field of it can't be compared or sorted by",
    label = "this lookup needs a field with an order"
)]
pub trait OrderedField: FieldType {}

/// A field type that holds text: `String` and `Option<String>`.
#[diagnostic::on_unimplemented(
    message = "this is a lookup for text, and the field holds `{Self}`",
    label = "only a `String` or `Option<String>` field has this lookup",
    note = "numbers and dates are compared with `eq`, `gt`, `gte`, `lt`, `lte`, `range` and `is_in`"
)]
pub trait TextField: FieldType {}

/// A field type with a year, a month and a day: dates and datetimes.
#[diagnostic::on_unimplemented(
    message = "this is a lookup for dates, and the field holds `{Self}`",
    label = "only a date or datetime field has this lookup"
)]
pub trait CalendarField: FieldType {}

/// A field type that is an instant: `DateTime<Utc>` and `Option<DateTime<Utc>>`.
#[diagnostic::on_unimplemented(
    message = "this is a lookup for datetimes, and the field holds `{Self}`",
    label = "only a datetime field has this lookup"
)]
pub trait InstantField: FieldType {}

/// A field type without null, of which there may be an `Option`.
#[diagnostic::on_unimplemented(
    message = "an `Option` of `{Self}` can't be the type of a manager's field",
    label = "not a field type",
    note = "a field is a `bool`, `i32`, `i64`, `f64`, `String`, `rust_decimal::Decimal`, `chrono::NaiveDate`, `chrono::DateTime<chrono::Utc>` or `uuid::Uuid`, or an `Option` of one of these"
)]
pub trait NotNull: FieldType {}

/// An `Option` of a field type.
#[diagnostic::on_unimplemented(
    message = "a field of `{Self}` is never null",
    label = "only an `Option` field has this lookup"
)]
pub trait Nullable: FieldType {
    /// The type inside the `Option`.
    type Inner: NotNull;
}

/// A type that can identify a row: `i64`, which the database assigns, or `String` or `Uuid`, which the caller gives.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the type of an id",
    label = "not an id type",
    note = "an id is an `i64` (assigned by the database), or a `String` or `uuid::Uuid` (given by the caller)"
)]
pub trait IdType:
    NotNull + Clone + PartialEq + Eq + std::hash::Hash + std::fmt::Debug + std::fmt::Display
{
    /// Whether the database assigns the id of a new row.
    const ASSIGNED: bool;
}

macro_rules! field_type {
    ($type:ty, $value_type:expr, $variant:ident, $to:expr, $from:expr $(, $also:ident)*) => {
        impl FieldType for $type {
            const VALUE_TYPE: ValueType = $value_type;

            fn into_value(self) -> Value {
                let to: fn($type) -> _ = $to;
                Value::$variant(to(self))
            }

            fn to_value(&self) -> Value {
                self.clone().into_value()
            }

            fn from_value(value: Value) -> Result<Self, ValueError> {
                match value {
                    Value::$variant(value) => {
                        let from: fn(_) -> Result<$type, ValueError> = $from;
                        from(value)
                    }
                    other => Err(ValueError::expected(Self::VALUE_TYPE, &other)),
                }
            }
        }
        impl NotNull for $type {}
        impl OrderedField for $type {}
        impl OrderedField for Option<$type> {}
        $(impl $also for $type {} impl $also for Option<$type> {})*
    };
}

field_type!(bool, ValueType::Bool, Bool, |v| v, Ok);
field_type!(
    i32,
    ValueType::Integer {
        min: i32::MIN as i64,
        max: i32::MAX as i64
    },
    Integer,
    i64::from,
    |v: i64| v
        .try_into()
        .map_err(|_| ValueError::new("expected an integer of 32 bits"))
);
field_type!(
    i64,
    ValueType::Integer {
        min: i64::MIN,
        max: i64::MAX
    },
    Integer,
    |v| v,
    Ok
);
field_type!(f64, ValueType::Float, Float, |v| v, Ok);
field_type!(Decimal, ValueType::Decimal, Decimal, |v| v, Ok);
field_type!(String, ValueType::Text, Text, |v| v, Ok, TextField);
field_type!(NaiveDate, ValueType::Date, Date, |v| v, Ok, CalendarField);
field_type!(
    DateTime<Utc>,
    ValueType::DateTime,
    DateTime,
    microseconds,
    Ok,
    CalendarField,
    InstantField
);
field_type!(Uuid, ValueType::Uuid, Uuid, |v| v, Ok);

impl IdType for i64 {
    const ASSIGNED: bool = true;
}
impl IdType for String {
    const ASSIGNED: bool = false;
}
impl IdType for Uuid {
    const ASSIGNED: bool = false;
}

impl<T: NotNull> FieldType for Option<T> {
    const VALUE_TYPE: ValueType = T::VALUE_TYPE;
    const NULLABLE: bool = true;

    fn into_value(self) -> Value {
        self.map_or(Value::Null, T::into_value)
    }

    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }

    fn from_value(value: Value) -> Result<Self, ValueError> {
        match value {
            Value::Null => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }
}

impl<T: NotNull> Nullable for Option<T> {
    type Inner = T;
}

/// The wire and the databases hold microseconds: what is finer is cut where a value enters, so that a row
/// equals what is read back.
fn microseconds(instant: DateTime<Utc>) -> DateTime<Utc> {
    let nanoseconds = instant.nanosecond();
    instant
        .with_nanosecond(nanoseconds / 1_000 * 1_000)
        .unwrap_or(instant)
}
