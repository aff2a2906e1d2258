//! Numbers that other programs store as text, and whether a double holds them exactly.

/// Doubles distinguish all numbers of this many decimal digits.
const DIGITS: u32 = 15;

/// Below this magnitude, doubles have fewer digits.
const LEAST: &str = "1e-307";

/// A condition on a quoted column whose text is a number: a double distinguishes it from all other numbers of its length.
pub(super) fn has_digits_of_double(column: &str) -> String {
    // The digits in front of the exponent, without zeros at either end.
    let digits = format!(
        "trim(replace(substr({column} || 'e', 1, instr(lower({column} || 'e'), 'e') - 1), '.', ''), ' +-0')"
    );
    format!("length({digits}) <= {DIGITS} AND (abs(CAST({column} AS REAL)) > {LEAST} OR {digits} = '')")
}

/// A condition on a quoted column whose text is a number: its double is this number. A number of more digits is only if a
/// program printed it from a double.
pub(super) fn is_exact_as_double(column: &str) -> String {
    format!(
        "{} OR printf('%!.17g', CAST({column} AS REAL)) = {column}",
        has_digits_of_double(column)
    )
}
