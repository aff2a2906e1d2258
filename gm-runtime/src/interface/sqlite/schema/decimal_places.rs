//! Decimals whose places are others than those that their table says.

use rust_decimal::Decimal;

use super::difference::{Difference, Remedy, Weight};
use super::introspection::FoundColumn;
use crate::field::ValueType;
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::{WantedColumn, WantedTable, says_places};
use crate::interface::sqlite::values::MAX_DECIMAL_DIGITS;

const SQL: SqlDialect = SqlDialect::Sqlite;

/// What comes of it where a column has `there` places, and the field `wanted`.
pub(super) fn other_places(column: &FoundColumn, there: u32, wanted: u32) -> String {
    let factor = power(wanted.abs_diff(there));
    let wrong = if there < wanted { "small" } else { "large" };
    format!(
        "the column `{}` keeps decimals of `decimal_places = {there}`, and the field has `decimal_places = {wanted}`: \
         every value would be read {factor} times too {wrong}",
        column.name
    )
}

/// What is said where a field that has no decimals reads the column.
pub(super) fn read_as_units(column: &FoundColumn, there: u32) -> String {
    format!(
        "the column `{}` keeps decimals of `decimal_places = {there}`, and the field reads and writes their units: 1 is {}",
        column.name,
        unit(there)
    )
}

/// The columns whose places nothing tells, in one warning for all: they work, as long as nobody changes the places.
pub(super) fn untold(wanted: &WantedTable, columns: &[WantedColumn]) -> Option<Difference> {
    let first = columns.first()?;
    let (mut names, mut says): (Vec<String>, Vec<String>) = Default::default();
    for column in columns {
        let name = format!("`{}`", column.name());
        if let Some(places) = column.places.filter(|_| !names.contains(&name)) {
            says.push(format!("`{}`", says_places(column.name(), places)));
            names.push(name);
        }
    }
    Some(Difference {
        table: wanted.name,
        manager: first.manager,
        field: None,
        words: format!(
            "nothing tells the `decimal_places` of what is in {}, so that others in the struct would not be noticed; where \
             you make the table anew, put {} behind the column's type",
            names.join(", "),
            says.join(", ")
        ),
        weight: Weight::Warned,
        remedy: Remedy::None,
    })
}

/// Whether a value of the column would be kept as another number where the table is made anew.
pub(super) fn changes_values(column: &WantedColumn, old: &FoundColumn) -> bool {
    let floats = matches!(column.field.value_type(), ValueType::Float | ValueType::Float32);
    match (column.places, old.places) {
        (Some(wanted), Some(there)) => wanted != there,
        (Some(_), None) => keeps_numbers(old),
        (None, Some(there)) => there > 0 && floats,
        (None, None) => false,
    }
}

/// Whether the declared type is one in which others keep the numbers themselves.
fn keeps_numbers(column: &FoundColumn) -> bool {
    let declared = column.declared.to_ascii_uppercase();
    let words = ["DEC", "NUM", "REAL", "FLOA", "DOUB", "CHAR", "CLOB", "TEXT"];
    words.iter().any(|word| declared.contains(word))
}

/// What a row of a table that is made anew gets from the old one, whose column the decimals are in.
pub(super) fn copied(
    wanted: &WantedTable,
    column: &WantedColumn,
    old: &FoundColumn,
    text: &mut String,
) -> String {
    let name = SQL.quote(column.name());
    match (column.places, old.places) {
        (Some(wanted), Some(there)) if wanted == there => name,
        (Some(places), Some(there)) => rescaled(wanted, column, there, places, text),
        (Some(places), None) if keeps_numbers(old) => {
            text.push_str(&format!(
                "-- Numbers in {name} become units of the last place: copy it as it is where they are that already. Where\n\
                 -- one does not fit, or has more places, the copy fails and the table stays as it was.\n"
            ));
            numbers(column, places)
        }
        (Some(places), None) => {
            text.push_str(&format!(
                "-- Nothing tells the `decimal_places` of what is in {name}: they are taken to be {places}.\n"
            ));
            name
        }
        (None, Some(there)) if there > 0 => {
            let (copied, becomes) = match column.field.value_type() {
                ValueType::Float | ValueType::Float32 => {
                    let mut number = format!("{name} / {}.0", power(there));
                    if column.field.value_type() == ValueType::Float32 {
                        // The nearest that 32 bits can hold (T. J. Dekker 1971): no other is read.
                        let large = format!("({number} * {})", (1_u64 << 29) + 1);
                        number = format!("{large} - ({large} - {number})");
                    }
                    // They are no integers any more where this is run again.
                    let numbers = format!("CASE typeof({name}) WHEN 'integer' THEN {number} ELSE {name} END");
                    (numbers, "numbers")
                }
                _ => (name.clone(), "their units"),
            };
            text.push_str(&format!(
                "-- Decimals in {name}, in units of {}, become {becomes}.\n",
                unit(there)
            ));
            copied
        }
        (None, _) => name,
    }
}

/// Doubles tell up to here how many places a number has.
const MOST_UNITS_OF_DOUBLE: u64 = 100_000_000_000_000;

/// The units of numbers, which others keep as text too. Text must be a number as a whole, since SQLite would read `1-2` as
/// 1, and a number with more places than the field has is not rounded.
fn numbers(column: &WantedColumn, places: u32) -> String {
    let (name, factor) = (SQL.quote(column.name()), power(places));
    let digits = column.field.decimal();
    let most = digits.map_or(MAX_DECIMAL_DIGITS, |decimal| decimal.max_digits);
    let whole = power(most.saturating_sub(places)).saturating_sub(1);
    let units = format!("round({name} * {factor})");
    // What doubles are off by, and sums of them.
    let error = format!("1e-6 + abs({units}) * 3e-16");
    format!(
        "CASE WHEN typeof({name}) = 'integer' AND {name} BETWEEN -{whole} AND {whole} THEN {name} * {factor}\n    \
         WHEN typeof({name}) <> 'integer' AND {name} = CAST({name} AS REAL) AND abs({units}) < {}\n    \
         AND abs({name} * {factor} - {units}) < {error} THEN CAST({units} AS INTEGER)\n    \
         ELSE {name} || ' does not fit' END",
        power(most).min(MOST_UNITS_OF_DOUBLE)
    )
}

/// Text, which the column does not take, where a value would not be the same any more.
fn rescaled(
    table: &WantedTable,
    column: &WantedColumn,
    there: u32,
    wanted: u32,
    text: &mut String,
) -> String {
    let name = SQL.quote(column.name());
    let factor = power(wanted.abs_diff(there));
    let mut conditions = Vec::new();
    let (done, operator) = if there < wanted {
        ("multiplied", '*')
    } else {
        conditions.push(format!("{name} % {factor} = 0"));
        ("divided", '/')
    };
    let (mut fits_digits, mut bound) = (String::new(), None);
    if let Some(most) = column.field.decimal().map(|decimal| decimal.max_digits) {
        fits_digits = format!(", with {most} digits at most");
        // Of the value as it is there. No column holds more than 63 bits.
        bound = 10_i64.checked_pow(most.saturating_add(there).saturating_sub(wanted));
    }
    conditions.extend(bound.map(|bound| format!("abs({name}) < {bound}")));
    let mut fits = conditions.join(" AND ");
    text.push_str(&format!(
        "-- Decimals in {name} are {done} by {factor}, from `decimal_places = {there}` to {wanted}{fits_digits}. Where one does\n\
         -- not fit, the copy fails and the table stays as it was; so it does where all this is run again."
    ));
    if fits.is_empty() {
        fits = "1".to_owned();
    } else {
        let table = SQL.quote(table.name);
        text.push_str(&format!(
            " Such rows:\n--     SELECT * FROM {table} WHERE NOT ({fits})"
        ));
    }
    text.push('\n');
    format!("CASE WHEN {fits} THEN {name} {operator} {factor} ELSE {name} || ' does not fit' END")
}

fn unit(places: u32) -> Decimal {
    Decimal::try_new(1, places).unwrap_or_default()
}

fn power(places: u32) -> u64 {
    10_u64.saturating_pow(places)
}
