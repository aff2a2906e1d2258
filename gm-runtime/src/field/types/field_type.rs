//! Which Rust types a field may have, and what each of them can be asked.

use std::any::TypeId;

use crate::field::{Value, ValueError, ValueType};

/// A type that a field of a manager may have.
///
/// Implemented for
///
/// - `bool`, `String`, [`uuid::Uuid`], and `Vec<u8>`, which is base64 text on the wire;
/// - the integers `i8`, `i16`, `i32`, `i64`, `u8`, `u16`, `u32` and `u64`, the last one up to `i64::MAX`: neither the
///   wire's 64 bits nor a database's column holds more, so a greater value is refused when it is written or compared
///   with;
/// - `f32`, `f64`, and [`rust_decimal::Decimal`] with a declared number of places;
/// - [`chrono::NaiveDate`], [`chrono::NaiveTime`] and [`chrono::DateTime<Utc>`](chrono::DateTime), times to the
///   microsecond: what is finer is cut;
/// - [`serde_json::Value`], which can only be compared for equality. JSON's null is the absence of a value, so it is
///   one of `Option<serde_json::Value>` alone, and reads back as `None`;
///
/// and for `Option` of each. An enum of names [derives it](macro@crate::FieldType). The form of a value on the wire and
/// in a database is that of its type here; the struct's serde derives are not needed and do not matter.
///
/// # A type of your own
/// It says which built-in form its values have, and converts both ways. [`NotNull`] makes `Option` of it a field type
/// too, [`OrderedField`] lets it be compared and sorted by (in the order of its form), and [`TextField`] gives it the
/// lookups for text.
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
        check: Self::check,
        hint: Self::HINT,
        values: Self::VALUES,
    };
    /// Which values of [`VALUE_TYPE`](Self::VALUE_TYPE) are values of this type.
    #[doc(hidden)]
    const VALUES: FieldValues = FieldValues::Custom(TypeId::of::<Self>());
    /// What a consumer is told besides, where the owner answers with a value that is none of this type.
    #[doc(hidden)]
    const HINT: &'static str = "";

    /// The value without its type: of the variant that [`VALUE_TYPE`](Self::VALUE_TYPE) names, with one spelling for
    /// equal values, since that is what a database compares.
    fn into_value(self) -> Value;

    /// The value without its type, copied.
    fn to_value(&self) -> Value;

    /// The value that [`into_value`](Self::into_value) made.
    ///
    /// # Errors
    /// When the value is of another type, or outside what this type can hold.
    fn from_value(value: Value) -> Result<Self, ValueError>;

    /// Whether a value of [`VALUE_TYPE`](Self::VALUE_TYPE), which is not null, is one of this type. It is asked before
    /// a value that came over the wire is stored or compared with, so that nothing gets into a database which
    /// [`from_value`](Self::from_value) would not take back, and of what another service answers.
    ///
    /// As provided it asks `from_value` with a copy of the value.
    ///
    /// # Errors
    /// When the value is outside what this type can hold; the message tells the sender what was expected.
    fn check(value: &Value) -> Result<(), ValueError> {
        Self::from_value(value.clone()).map(drop)
    }
}

/// What a field's type says of its values.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct FieldKind {
    pub(crate) value_type: ValueType,
    pub(crate) nullable: bool,
    pub(crate) check: fn(&Value) -> Result<(), ValueError>,
    pub(crate) hint: &'static str,
    pub(crate) values: FieldValues,
}

/// Which values of its [`ValueType`] a field type has. Named by the derive's expansion.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldValues {
    /// All.
    All,
    /// Texts of these names.
    Names(&'static [&'static str]),
    /// Every text, of which an owner stores only these names: an enum with a variant for what it does not know.
    Open(&'static [&'static str]),
    /// Those that this type of an application's own takes.
    Custom(TypeId),
}

/// A field type that orders: everything that is built in but JSON.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no order, so a field of it can't be compared or sorted by",
    label = "this lookup needs a field with an order"
)]
pub trait OrderedField: FieldType {}

/// A field type that holds text: `String` and `Option<String>`.
#[diagnostic::on_unimplemented(
    message = "this is a lookup for text, and the field holds `{Self}`",
    label = "only a `String` or `Option<String>` field has this lookup",
    note = "every field has `eq` and `is_in`; what has an order, such as a number or a date, has `gt`, `gte`, `lt`, `lte` and `range` too"
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

/// A field type whose values are those of one variant, converted both ways by functions.
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

            // The built-in forms are judged without their Rust types.
            fn check(_: &Value) -> Result<(), ValueError> {
                Ok(())
            }
        }
        impl NotNull for $type {}
    };
}

pub(super) use field_type;
