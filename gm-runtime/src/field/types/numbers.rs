//! Integers, floats and decimals.

use rust_decimal::Decimal;

use super::field_type::field_type;
use super::{FieldType, FieldValues, NotNull, OrderedField};
use crate::field::{Value, ValueError, ValueType};

macro_rules! integer {
    ($($type:ident),*) => {
        $(field_type!(
            $type,
            ValueType::Integer {
                min: $type::MIN as i64,
                max: $type::MAX as i64
            },
            Integer,
            i64::from,
            |v: i64| v.try_into().map_err(|_| {
                ValueError::new(format!("expected an integer from {} to {}", $type::MIN, $type::MAX))
            })
        );
        impl OrderedField for $type {})*
    };
}

integer!(i8, i16, i32, i64, u8, u16, u32);

impl FieldType for u64 {
    const VALUE_TYPE: ValueType = ValueType::Integer {
        min: 0,
        max: i64::MAX,
    };
    const VALUES: FieldValues = FieldValues::All;

    fn into_value(self) -> Value {
        // A value above `i64::MAX` becomes a decimal, which the type check refuses as out of range.
        i64::try_from(self).map_or_else(|_| Value::Decimal(Decimal::from(self)), Value::Integer)
    }

    fn to_value(&self) -> Value {
        self.into_value()
    }

    fn from_value(value: Value) -> Result<Self, ValueError> {
        match value {
            Value::Integer(value) => value
                .try_into()
                .map_err(|_| ValueError::new("expected an integer that is not negative")),
            other => Err(ValueError::expected(Self::VALUE_TYPE, &other)),
        }
    }

    fn check(_: &Value) -> Result<(), ValueError> {
        Ok(())
    }
}
impl NotNull for u64 {}
impl OrderedField for u64 {}

field_type!(f32, ValueType::Float32, Float32, |v| v, Ok);
field_type!(f64, ValueType::Float, Float, |v| v, Ok);
field_type!(Decimal, ValueType::Decimal, Decimal, |v| v, Ok);

impl OrderedField for f32 {}
impl OrderedField for f64 {}
impl OrderedField for Decimal {}
