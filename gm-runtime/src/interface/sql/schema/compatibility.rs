//! Whether the managers of one table can read what each of them may write.
//!
//! Every manager may write each of its columns, so that whatever one of them takes the others must be able to read: else
//! a valid write of one makes each list of another fail. What is asked of a value when it is written alone, such as
//! `max_length`, `min` and `regex`, may differ.

use super::target::{WantedColumn, WantedTable};
use crate::error::Error;
use crate::field::{FieldValues, ValueType};
use crate::manager::FieldDescription;

/// Refuses a table whose managers would read each other's values wrong, or not at all.
pub(super) fn check(table: &WantedTable) -> Result<(), Error> {
    let mut columns: Vec<WantedColumn> = Vec::new();
    let mut assigned: Option<WantedColumn> = None;
    for wish in table.wishes() {
        if wish.assigned {
            let known = *assigned.get_or_insert(wish);
            if !known.name().eq_ignore_ascii_case(wish.name()) {
                return Err(Error::Configuration(format!(
                    "{} and {} are ids that the database assigns, of the table `{}`, which can have one such column: let \
                     one of the two managers have a `String` or `Uuid` as its id, or the same id as the other",
                    named(&known),
                    named(&wish),
                    table.name
                )));
            }
        }
        let mut known = columns.iter();
        match known.find(|known| known.name().eq_ignore_ascii_case(wish.name())) {
            Some(known) => {
                if let Some((one, other, why)) = difference(known.field, wish.field) {
                    return Err(Error::Configuration(format!(
                        "{} {one}, {} {other}, and both are the column `{}` of the table `{}`: {why}; declare the same in \
                         both managers",
                        named(known),
                        named(&wish),
                        known.name(),
                        table.name
                    )));
                }
            }
            None => columns.push(wish),
        }
    }
    Ok(())
}

fn named(column: &WantedColumn) -> String {
    format!("`{}`.`{}`", column.manager.name(), column.field.name())
}

const UNREADABLE: &str = "a value that the one may write, the other could not read";

/// What each of the two has, and what comes of it, where a value of one may be none of the other.
fn difference(one: &FieldDescription, other: &FieldDescription) -> Option<(String, String, &'static str)> {
    let differ = |words: fn(&FieldDescription) -> String, why| {
        let (one, other) = (words(one), words(other));
        (one != other).then_some((one, other, why))
    };
    let decimals = one.decimal().is_some() && other.decimal().is_some();
    differ(holds, UNREADABLE)
        .or_else(|| differ(takes_null, UNREADABLE))
        .or_else(|| {
            let why = "decimals are kept in units of their last place, so that each would read the other's values wrong";
            differ(places, why).filter(|_| decimals)
        })
        .or_else(|| differ(digits, UNREADABLE).filter(|_| decimals))
        .or_else(|| match (one.values(), other.values()) {
            (FieldValues::Own(one), FieldValues::Own(other)) if one == other => None,
            (FieldValues::Own(_), _) | (_, FieldValues::Own(_)) => {
                Some((values(one), values(other), UNREADABLE))
            }
            (one, other) if is_read_by(one, other) && is_read_by(other, one) => None,
            _ => Some((values(one), values(other), UNREADABLE)),
        })
}

/// Whether the one manager reads all that the other one writes.
fn is_read_by(written: FieldValues, read: FieldValues) -> bool {
    match (written, read) {
        (_, FieldValues::All | FieldValues::Open(_)) => true,
        (FieldValues::Names(written) | FieldValues::Open(written), FieldValues::Names(read)) => {
            written.iter().all(|name| read.contains(name))
        }
        _ => false,
    }
}

fn holds(field: &FieldDescription) -> String {
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

fn takes_null(field: &FieldDescription) -> String {
    if field.nullable() {
        "is an `Option`".to_owned()
    } else {
        "is no `Option`".to_owned()
    }
}

fn places(field: &FieldDescription) -> String {
    let places = field.decimal().map_or(0, |decimal| decimal.decimal_places);
    format!("has `decimal_places = {places}`")
}

fn digits(field: &FieldDescription) -> String {
    let digits = field.decimal().map_or(0, |decimal| decimal.max_digits);
    format!("has `max_digits = {digits}`")
}

fn values(field: &FieldDescription) -> String {
    match field.values() {
        FieldValues::All => "takes any text or number of its kind".to_owned(),
        FieldValues::Names(names) | FieldValues::Open(names) => {
            let names: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
            format!("takes {} alone", names.join(", "))
        }
        FieldValues::Own(_) => "takes what its own type takes".to_owned(),
    }
}
