//! The trait of field types, and the traits of their lookups.

use std::any::TypeId;

use crate::field::{Value, ValueError, ValueType};

/// A Rust type of a field.
///
/// Implemented for
///
/// - `bool`, `String`, [`uuid::Uuid`], and `Vec<u8>`, which is base64 text on the wire;
/// - the integers `i8`, `i16`, `i32`, `i64`, `u8`, `u16`, `u32` and `u64`. A `u64` above `i64::MAX` is refused, because neither
///   the wire nor a database holds it;
/// - `f32`, `f64`, and [`rust_decimal::Decimal`] with a declared number of places;
/// - [`chrono::NaiveDate`], [`chrono::NaiveTime`] and [`chrono::DateTime<Utc>`](chrono::DateTime). Times are truncated to
///   microseconds;
/// - [`serde_json::Value`], which can only be compared for equality. JSON's null is the absence of a value: only
///   `Option<serde_json::Value>` accepts it, and it is read back as `None`;
///
/// and for an `Option` of each. An enum [derives it](macro@crate::FieldType). This trait alone determines the representation
/// of a value on the wire and in a database. The serde derives of a struct have no effect.
///
/// # A type of your own
/// It declares the built-in type that represents its values, and converts both ways. With [`NotNull`], an `Option` of it is a
/// field type too. With [`OrderedField`], queries can compare it and sort by it, in the order of its representation. With
/// [`TextField`], it has the lookups for text.
///
/// ```
/// use gm_runtime::field::{FieldType, NotNull, Value, ValueError, ValueType};
/// use gm_runtime::{GeneralManager, Gm};
///
/// /// A colour, `#rrggbb` on the wire and in a database.
/// #[derive(Clone, Copy, Debug, PartialEq)]
/// struct Colour(u8, u8, u8);
///
/// impl FieldType for Colour {
///     const VALUE_TYPE: ValueType = ValueType::Text;
///
///     fn into_value(self) -> Value {
///         let Self(red, green, blue) = self;
///         Value::Text(format!("#{red:02x}{green:02x}{blue:02x}"))
///     }
///
///     fn to_value(&self) -> Value {
///         self.into_value()
///     }
///
///     fn from_value(value: Value) -> Result<Self, ValueError> {
///         let expected = || ValueError::new("expected a colour like #ff8800");
///         let text = String::from_value(value)?;
///         let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6).ok_or_else(expected)?;
///         let colour = u32::from_str_radix(digits, 16).map_err(|_| expected())?;
///         let [_, red, green, blue] = colour.to_be_bytes();
///         let colour = Self(red, green, blue);
///         // One spelling for each value: a database compares spellings.
///         if colour.into_value() == Value::Text(text) { Ok(colour) } else { Err(expected()) }
///     }
/// }
///
/// impl NotNull for Colour {}
///
/// #[derive(Clone, Debug, GeneralManager)]
/// #[database(table = "lamps")]
/// struct Lamp {
///     #[field(id)]
///     id: i64,
///     colour: Colour,
///     before: Option<Colour>,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), gm_runtime::Error> {
/// let gm = Gm::builder().in_memory::<Lamp>().build().await?;
/// let lamp = Lamp::create(LampCreate { colour: Colour(255, 136, 0) }).exec(&gm).await?;
/// lamp.update().colour(Colour(0, 0, 0)).before(lamp.colour).exec(&gm).await?;
/// assert!(Lamp::filter(|l| l.before.eq(Colour(255, 136, 0))).exists(&gm).await?);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the type of a manager's field",
    label = "not a field type",
    note = "a field is a `bool`, `i8` to `i64`, `u8` to `u64`, `f32`, `f64`, `String`, `Vec<u8>`, `rust_decimal::Decimal`, `chrono::NaiveDate`, `chrono::NaiveTime`, `chrono::DateTime<chrono::Utc>`, `uuid::Uuid`, `serde_json::Value`, an enum with `#[derive(FieldType)]`, a type for which you implement `FieldType`, or an `Option` of one of these"
)]
pub trait FieldType: Sized + Send + Sync + 'static {
    /// The representation of the values on the wire and in databases.
    const VALUE_TYPE: ValueType;
    /// Whether null is one of the values.
    const NULLABLE: bool = false;
    /// All properties of a type in one constant. The expansion uses only this one, so that an unsupported type is one error.
    #[doc(hidden)]
    const KIND: FieldKind = FieldKind {
        value_type: Self::VALUE_TYPE,
        nullable: Self::NULLABLE,
        check: Self::check,
        hint: Self::HINT,
        values: Self::VALUES,
    };
    /// Which values of [`VALUE_TYPE`](Self::VALUE_TYPE) are values of this type.
    #[doc(hidden)]
    const VALUES: FieldValues = FieldValues::Custom(TypeId::of::<Self>());
    /// A hint for a consumer, at the end of the error of a response with an invalid value.
    #[doc(hidden)]
    const HINT: &'static str = "";

    /// The value in its representation. Its variant is that of [`VALUE_TYPE`](Self::VALUE_TYPE). Equal values must have equal
    /// representations, because a database compares those.
    fn into_value(self) -> Value;

    /// A copy of the value in its representation.
    fn to_value(&self) -> Value;

    /// The value of a representation from [`into_value`](Self::into_value).
    ///
    /// # Errors
    /// If the value is of another type, or out of the range of this type.
    fn from_value(value: Value) -> Result<Self, ValueError>;

    /// Checks a value of [`VALUE_TYPE`](Self::VALUE_TYPE) that is not null. It runs on values from the wire before they are
    /// stored or compared with, so that [`from_value`](Self::from_value) can read every stored value. It also runs on the
    /// values in responses.
    ///
    /// The default implementation calls `from_value` with a copy of the value.
    ///
    /// # Errors
    /// If the value is out of the range of this type. The message tells the sender what was expected.
    fn check(value: &Value) -> Result<(), ValueError> {
        Self::from_value(value.clone()).map(drop)
    }
}

/// The properties of a field type.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct FieldKind {
    pub(crate) value_type: ValueType,
    pub(crate) nullable: bool,
    pub(crate) check: fn(&Value) -> Result<(), ValueError>,
    pub(crate) hint: &'static str,
    pub(crate) values: FieldValues,
}

/// The values of its [`ValueType`] that a field type has.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldValues {
    /// All values.
    All,
    /// These names.
    Names(&'static [&'static str]),
    /// Any text, although an owner stores only these names: an enum with an `other` variant.
    Open(&'static [&'static str]),
    /// The values of this type of the application.
    Custom(TypeId),
}

/// A field type with an order: every built-in type except JSON.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no order: a query can't compare this field or sort by it",
    label = "this lookup needs a field with an order"
)]
pub trait OrderedField: FieldType {}

/// A field type that holds text: `String` and `Option<String>`.
#[diagnostic::on_unimplemented(
    message = "this lookup is for text, and the field holds `{Self}`",
    label = "only a `String` or `Option<String>` field has this lookup",
    note = "every field has `eq` and `is_in`; a field with an order, such as a number or a date, also has `gt`, `gte`, `lt`, `lte` and `range`"
)]
pub trait TextField: FieldType {}

/// A field type with a year, a month and a day: dates and datetimes.
#[diagnostic::on_unimplemented(
    message = "this lookup is for dates, and the field holds `{Self}`",
    label = "only a date or datetime field has this lookup"
)]
pub trait CalendarField: FieldType {}

/// A field type that is an instant: `DateTime<Utc>` and `Option<DateTime<Utc>>`.
#[diagnostic::on_unimplemented(
    message = "this lookup is for datetimes, and the field holds `{Self}`",
    label = "only a datetime field has this lookup"
)]
pub trait InstantField: FieldType {}

/// A field type without null. An `Option` of it is a field type too.
#[diagnostic::on_unimplemented(
    message = "an `Option` of `{Self}` can't be the type of a manager's field",
    label = "not a field type",
    note = "a field is a `bool`, `i8` to `i64`, `u8` to `u64`, `f32`, `f64`, `String`, `Vec<u8>`, `rust_decimal::Decimal`, `chrono::NaiveDate`, `chrono::NaiveTime`, `chrono::DateTime<chrono::Utc>`, `uuid::Uuid`, `serde_json::Value`, an enum with `#[derive(FieldType)]`, a type for which you implement `FieldType` and `NotNull`, or an `Option` of one of these"
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

impl<T: NotNull> FieldType for Option<T> {
    const VALUE_TYPE: ValueType = T::VALUE_TYPE;
    const NULLABLE: bool = true;
    const HINT: &'static str = T::HINT;
    const VALUES: FieldValues = T::VALUES;

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

    fn check(value: &Value) -> Result<(), ValueError> {
        T::check(value)
    }
}

impl<T: NotNull> Nullable for Option<T> {
    type Inner = T;
}

#[diagnostic::do_not_recommend]
impl<T: NotNull + OrderedField> OrderedField for Option<T> {}
#[diagnostic::do_not_recommend]
impl<T: NotNull + TextField> TextField for Option<T> {}
#[diagnostic::do_not_recommend]
impl<T: NotNull + CalendarField> CalendarField for Option<T> {}
#[diagnostic::do_not_recommend]
impl<T: NotNull + InstantField> InstantField for Option<T> {}

/// Implements a field type that is represented by one variant of `Value`, with functions that convert both ways.
macro_rules! field_type {
    ($type:ty, $value_type:expr, $variant:ident, $to:expr, $from:expr) => {
        impl FieldType for $type {
            const VALUE_TYPE: ValueType = $value_type;
            const VALUES: FieldValues = FieldValues::All;

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

            // The type check covers the built-in types.
            fn check(_: &Value) -> Result<(), ValueError> {
                Ok(())
            }
        }
        impl NotNull for $type {}
    };
}

pub(super) use field_type;
