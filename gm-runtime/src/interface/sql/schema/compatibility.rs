//! Whether the managers of one table can read each other's values.
//!
//! Every manager may write each of its columns. If another manager could not read such a value, a valid write of the one
//! would make every list of the other fail. Rules that are checked on writes only, such as `max_length`, `min` and
//! `regex`, may differ.

use super::target_column::TargetColumn;
use crate::error::Error;
use crate::field::{FieldValues, ValueType};
use crate::manager::FieldDescription;

/// Refuses declarations of a table if one manager would misread, or could not read, the values of another.
pub(super) fn check(table: &str, declarations: impl Iterator<Item = TargetColumn>) -> Result<(), Error> {
    let mut columns: Vec<TargetColumn> = Vec::new();
    let mut assigned_id: Option<TargetColumn> = None;
    for declared in declarations {
        if declared.assigned {
            let known = *assigned_id.get_or_insert(declared);
            if !known.is_named(declared.name()) {
                return Err(Error::Configuration(format!(
                    "{} and {} are ids that the database assigns, and both are columns of the table `{table}`, which can \
                     have one such column: give one of the two managers a `String` or `Uuid` as its id, or give both the \
                     same id",
                    field_name(&known),
                    field_name(&declared),
                )));
            }
        }
        match columns.iter().find(|known| known.is_named(declared.name())) {
            Some(known) => {
                if let Some(difference) = Difference::between(known.field, declared.field) {
                    return Err(Error::Configuration(format!(
                        "{} {}, {} {}, and both are the column `{}` of the table `{table}`: {}; declare the same in both \
                         managers",
                        field_name(known),
                        difference.one,
                        field_name(&declared),
                        difference.other,
                        known.name(),
                        difference.consequence,
                    )));
                }
            }
            None => columns.push(declared),
        }
    }
    Ok(())
}

fn field_name(column: &TargetColumn) -> String {
    format!("`{}`.`{}`", column.manager.name(), column.field.name())
}

const UNREADABLE: &str = "one manager could not read every value that the other may write";
const MISREAD: &str =
    "decimals are stored in units of their last place, so each manager would misread the values of the other";

/// What two declarations of one column disagree on.
struct Difference {
    /// What the first field declares.
    one: String,
    /// What the second field declares.
    other: String,
    consequence: &'static str,
}

impl Difference {
    fn between(one: &FieldDescription, other: &FieldDescription) -> Option<Self> {
        let differ = |describe: fn(&FieldDescription) -> String, consequence| {
            let (one, other) = (describe(one), describe(other));
            (one != other).then_some(Self {
                one,
                other,
                consequence,
            })
        };
        let decimals = one.decimal().is_some() && other.decimal().is_some();
        differ(value_type, UNREADABLE)
            .or_else(|| differ(nullability, UNREADABLE))
            .or_else(|| differ(decimal_places, MISREAD).filter(|_| decimals))
            .or_else(|| differ(max_digits, UNREADABLE).filter(|_| decimals))
            .or_else(|| {
                (!has_same_values(one, other)).then(|| Self {
                    one: values(one),
                    other: values(other),
                    consequence: UNREADABLE,
                })
            })
    }
}

/// Whether each of two fields can read the values of the other.
fn has_same_values(one: &FieldDescription, other: &FieldDescription) -> bool {
    match (one.values(), other.values()) {
        (FieldValues::Custom(one), FieldValues::Custom(other)) => one == other,
        (FieldValues::Custom(_), _) | (_, FieldValues::Custom(_)) => false,
        (one, other) => can_read(one, other) && can_read(other, one),
    }
}

/// Whether a field with the values `read` can read every value of a field with the values `written`.
fn can_read(written: FieldValues, read: FieldValues) -> bool {
    match (written, read) {
        (_, FieldValues::All | FieldValues::Open(_)) => true,
        (FieldValues::Names(written) | FieldValues::Open(written), FieldValues::Names(read)) => {
            written.iter().all(|name| read.contains(name))
        }
        _ => false,
    }
}

fn value_type(field: &FieldDescription) -> String {
    match field.value_type() {
        ValueType::Integer { min, max } => format!("holds an integer from {min} to {max}"),
        ValueType::Float => "holds an `f64`".to_owned(),
        ValueType::Float32 => "holds an `f32`".to_owned(),
        ValueType::Decimal => "holds a decimal".to_owned(),
        ValueType::Bytes => "holds bytes".to_owned(),
        ValueType::Json => "holds JSON".to_owned(),
        ValueType::Date => "holds a date".to_owned(),
        ValueType::Time => "holds a time".to_owned(),
        ValueType::DateTime => "holds a datetime".to_owned(),
        other => format!("holds {}", other.name()),
    }
}

fn nullability(field: &FieldDescription) -> String {
    if field.nullable() {
        "is an `Option`".to_owned()
    } else {
        "is not an `Option`".to_owned()
    }
}

fn decimal_places(field: &FieldDescription) -> String {
    let places = field.decimal().map_or(0, |decimal| decimal.decimal_places);
    format!("has `decimal_places = {places}`")
}

fn max_digits(field: &FieldDescription) -> String {
    let digits = field.decimal().map_or(0, |decimal| decimal.max_digits);
    format!("has `max_digits = {digits}`")
}

fn values(field: &FieldDescription) -> String {
    match field.values() {
        FieldValues::All => "accepts any text or number of its type".to_owned(),
        FieldValues::Names(names) | FieldValues::Open(names) => {
            let names: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
            format!("accepts only {}", names.join(", "))
        }
        FieldValues::Custom(_) => "accepts the values of its own type".to_owned(),
    }
}
