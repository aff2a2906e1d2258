//! Whether a field can hold what its column has, as an expression.

use sea_query::Expr;

use crate::field::ValueType;
use crate::manager::FieldDescription;

/// Whether decoding the column succeeds.
///
/// Values that compare as what they are may pass, such as a JSON number that a double does not hold. The numbers are a part of the
/// text, since a statement has a limited number of parameters.
pub(super) fn is_readable(field: &FieldDescription) -> Expr {
    let readable = match field.value_type() {
        // Every value of their types is one of the field.
        ValueType::Bool
        | ValueType::Text
        | ValueType::Bytes
        | ValueType::Uuid
        | ValueType::Integer {
            min: i64::MIN,
            max: i64::MAX,
        } => None,
        ValueType::Integer { min, max } => Some(format!("$1 BETWEEN {min} AND {max}")),
        // NaN is greater than each number.
        ValueType::Float => Some(float(f64::MAX)),
        ValueType::Float32 => Some(float(f32::MAX.into())),
        ValueType::Decimal => field.decimal().map(|digits| {
            let places = digits.decimal_places;
            let bound = format!("1e{}::numeric", i64::from(digits.max_digits) - i64::from(places));
            format!("$1 > -{bound} AND $1 < {bound} AND round($1, {places}) = $1")
        }),
        // The infinite dates and instants are beyond.
        ValueType::Date => Some("$1 BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'".to_owned()),
        ValueType::DateTime => Some(
            "$1 BETWEEN TIMESTAMPTZ '0001-01-01 00:00:00+00' AND TIMESTAMPTZ '9999-12-31 23:59:59.999999+00'"
                .to_owned(),
        ),
        ValueType::Time => Some("$1 < TIME '24:00'".to_owned()),
        ValueType::Json => Some("jsonb_typeof($1) <> 'null'".to_owned()),
    };
    let readable = match (readable, field.nullable()) {
        (None, true) => return Expr::cust("TRUE"),
        (None, false) => "($1 IS NOT NULL)".to_owned(),
        (Some(readable), true) => format!("({readable} OR $1 IS NULL)"),
        (Some(readable), false) => format!("({readable})"),
    };
    Expr::cust_with_expr(readable, Expr::col(field.column()))
}

fn float(max: f64) -> String {
    format!("$1 BETWEEN -{max:e}::float8 AND {max:e}::float8")
}
