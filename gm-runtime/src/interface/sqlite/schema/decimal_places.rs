//! Decimal places that differ between a field and its column, and the SQL that converts the values.

use rust_decimal::Decimal;

use super::introspection::ExistingColumn;
use super::number_text;
use super::rebuilt_column::{Difference, Remedy};
use crate::field::ValueType;
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::{Severity, TargetColumn, TargetTable, places_constraint};
use crate::interface::sqlite::encode::MAX_DECIMAL_DIGITS;

const SQL: SqlDialect = SqlDialect::Sqlite;

/// The message for a column with other decimal places than its field.
pub(super) fn different_places(column: &ExistingColumn, existing: u32, declared: u32) -> String {
    let factor = power(declared.abs_diff(existing));
    let wrong = if existing < declared { "small" } else { "large" };
    format!(
        "the column `{}` stores decimals with `decimal_places = {existing}`, and the field has `decimal_places = {declared}`: \
         every value would be read {factor} times too {wrong}",
        column.name
    )
}

/// The message for a column of decimals whose field has another type.
pub(super) fn read_as_units(column: &ExistingColumn, existing: u32) -> String {
    format!(
        "the column `{}` stores decimals with `decimal_places = {existing}`, and the field reads and writes their units: 1 is \
         {}",
        column.name,
        unit(existing)
    )
}

/// One warning for all columns that do not record their decimal places. They work until the places change in the struct.
pub(super) fn unrecorded(target: &TargetTable, columns: &[TargetColumn]) -> Option<Difference> {
    let first = columns.first()?;
    let (mut names, mut constraints): (Vec<String>, Vec<String>) = Default::default();
    for column in columns {
        let name = format!("`{}`", column.name());
        if let Some(places) = column.places.filter(|_| !names.contains(&name)) {
            constraints.push(format!("`{}`", places_constraint(column.name(), places)));
            names.push(name);
        }
    }
    Some(Difference {
        table: target.name,
        manager: first.manager,
        field: None,
        message: format!(
            "the `decimal_places` of the values in {} are not recorded, so a change of them in the struct would go unnoticed; \
             when you rebuild the table, put {} behind the column's type",
            names.join(", "),
            constraints.join(", ")
        ),
        severity: Severity::Warning,
        remedy: Remedy::None,
    })
}

/// Whether a rebuild stores a value of the column as a different number.
pub(super) fn changes_values(column: &TargetColumn, old: &ExistingColumn) -> bool {
    let is_float = matches!(column.field.value_type(), ValueType::Float | ValueType::Float32);
    match (column.places, old.places) {
        (Some(declared), Some(existing)) => declared != existing,
        (Some(_), None) => stores_numbers(old),
        (None, Some(existing)) => existing > 0 && is_float,
        (None, None) => false,
    }
}

/// Whether other programs store the numbers themselves in a column of the declared type.
fn stores_numbers(column: &ExistingColumn) -> bool {
    let declared = column.declared_type.to_ascii_uppercase();
    let words = ["DEC", "NUM", "REAL", "FLOA", "DOUB", "CHAR", "CLOB", "TEXT"];
    words.iter().any(|word| declared.contains(word))
}

/// The expression that copies a column from the old table into the new one, with a comment on the conversion.
pub(super) fn copy_expression(
    target: &TargetTable,
    column: &TargetColumn,
    old: &ExistingColumn,
    comments: &mut String,
) -> String {
    let name = SQL.quote(column.name());
    match (column.places, old.places) {
        (Some(declared), Some(existing)) if declared == existing => name,
        (Some(declared), Some(existing)) => rescaled(target, column, existing, declared, comments),
        (Some(places), None) if stores_numbers(old) => {
            comments.push_str(&format!(
                "-- Numbers in {name} become units of the last place. If they are such units already, copy the column itself. If\n\
                 -- one does not fit, or has more places, the copy fails and the table stays as it was.\n"
            ));
            units_of_numbers(column, places)
        }
        (Some(places), None) => {
            comments.push_str(&format!(
                "-- The `decimal_places` of the values in {name} are not recorded: they are assumed to be {places}.\n"
            ));
            name
        }
        (None, Some(existing)) if existing > 0 => {
            let (expression, becomes) = match column.field.value_type() {
                ValueType::Float | ValueType::Float32 => {
                    let mut number = format!("{name} / {}.0", power(existing));
                    if column.field.value_type() == ValueType::Float32 {
                        // Rounds to 32 bits (T. J. Dekker 1971), because no other number can be read.
                        let large = format!("({number} * {})", (1_u64 << 29) + 1);
                        number = format!("{large} - ({large} - {number})");
                    }
                    // If the script runs again, the values are not integers any more.
                    let numbers = format!(
                        "CASE WHEN typeof({name}) <> 'integer' THEN {name}\n    \
                         WHEN abs({name}) <= {MAX_INTEGER_OF_DOUBLE} THEN {number} ELSE {name} || ' does not fit' END"
                    );
                    (numbers, "numbers")
                }
                _ => (name.clone(), "their units"),
            };
            comments.push_str(&format!(
                "-- Decimals in {name}, in units of {}, become {becomes}.\n",
                unit(existing)
            ));
            expression
        }
        (None, _) => name,
    }
}

/// Up to this number of units, a double determines the decimal places of a number.
const MAX_UNITS_OF_DOUBLE: u64 = 100_000_000_000_000;

/// The largest rounding error, relative to the units, of the double that is nearest to a number and then multiplied by a power of
/// ten: two roundings of 1.1e-16. For a number of 15 digits with more places, the difference is 1e-15 or more.
const ROUNDING: &str = "5e-16";

/// Doubles hold every integer up to this one.
const MAX_INTEGER_OF_DOUBLE: u64 = 1 << 53;

/// Converts numbers, or text that is a number, to units of the last place. Text must be a number as a whole, because SQLite
/// reads `1-2` as 1. A number with more places than the field fails instead of being rounded.
fn units_of_numbers(column: &TargetColumn, places: u32) -> String {
    let (name, factor) = (SQL.quote(column.name()), power(places));
    let digits = column.field.decimal();
    let most = digits.map_or(MAX_DECIMAL_DIGITS, |decimal| decimal.max_digits);
    let whole = power(most.saturating_sub(places)).saturating_sub(1);
    let units = format!("round({name} * {factor})");
    let digits = number_text::has_digits_of_double(&name);
    format!(
        "CASE WHEN typeof({name}) = 'integer' AND {name} BETWEEN -{whole} AND {whole} THEN {name} * {factor}\n    \
         WHEN (typeof({name}) = 'real' OR (typeof({name}) = 'text' AND {digits}))\n    \
         AND {name} = CAST({name} AS REAL) AND abs({units}) < {}\n    \
         AND abs({name} * {factor} - {units}) <= abs({units}) * {ROUNDING} THEN CAST({units} AS INTEGER)\n    \
         ELSE {name} || ' does not fit' END",
        power(most).min(MAX_UNITS_OF_DOUBLE)
    )
}

/// Converts decimals to other places. A value that would lose a digit becomes text, which the column refuses.
fn rescaled(
    target: &TargetTable,
    column: &TargetColumn,
    existing: u32,
    declared: u32,
    comments: &mut String,
) -> String {
    let name = SQL.quote(column.name());
    let factor = power(declared.abs_diff(existing));
    let mut conditions = Vec::new();
    let (done, operator) = if existing < declared {
        ("multiplied", '*')
    } else {
        conditions.push(format!("{name} % {factor} = 0"));
        ("divided", '/')
    };
    let (mut fits_digits, mut bound) = (String::new(), None);
    if let Some(most) = column.field.decimal().map(|decimal| decimal.max_digits) {
        fits_digits = format!(", with {most} digits at most");
        // A bound for the old value. `None` if 63 bits hold no larger one.
        bound = 10_i64.checked_pow(most.saturating_add(existing).saturating_sub(declared));
    }
    conditions.extend(bound.map(|bound| format!("abs({name}) < {bound}")));
    let mut fits = conditions.join(" AND ");
    comments.push_str(&format!(
        "-- Decimals in {name} are {done} by {factor}, from `decimal_places = {existing}` to {declared}{fits_digits}. If one does\n\
         -- not fit, or if this script runs again, the copy fails and the table stays as it was."
    ));
    if fits.is_empty() {
        fits = "1".to_owned();
    } else {
        let table = SQL.quote(target.name);
        comments.push_str(&format!(
            " Such rows:\n--     SELECT * FROM {table} WHERE NOT ({fits})"
        ));
    }
    comments.push('\n');
    format!("CASE WHEN {fits} THEN {name} {operator} {factor} ELSE {name} || ' does not fit' END")
}

fn unit(places: u32) -> Decimal {
    Decimal::try_new(1, places).unwrap_or_default()
}

fn power(places: u32) -> u64 {
    10_u64.saturating_pow(places)
}
